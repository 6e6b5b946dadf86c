"""The SAM template as plain CloudFormation, made offline."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.model.exceptions import InvalidDocumentException
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse
from yaml import YAMLError

from argus.core.errors import UsageError
from cloud_lambdas.local.account import REGION, local_session

_NOWHERE = "s3://local/code.zip"
"""Stands for the functions' bundles: locally the checkout's own modules run."""


@dataclass(frozen=True)
class Template:
    """A template without SAM's own resource types; values are JSON with CloudFormation's intrinsic functions.

    Attributes:
        parameters: what the caller gave and the defaults of the others, as text.
    """

    parameters: Mapping[str, str]
    conditions: Mapping[str, Any]
    resources: Mapping[str, Mapping[str, Any]]
    outputs: Mapping[str, Mapping[str, Any]]


def translate(path: Path, given: Mapping[str, str]) -> Template:
    """Reads a SAM template.

    Args:
        given: values of parameters; those that the template does not have are left out.

    Raises:
        UsageError: it cannot be read, is no template, or a parameter lacks its value.
    """
    try:
        source = yaml_parse(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, ValueError, YAMLError) as error:
        raise UsageError(f"the template {path} cannot be read: {error}") from error
    if not isinstance(source, dict) or not isinstance(source.get("Resources"), dict):
        raise UsageError(f"{path} is no template: it has no Resources")
    parameters = _parameters(path, source.get("Parameters", {}), given)
    try:
        plain = Translator({}, Parser(), boto_session=local_session()).translate(
            _with_code_uris(source), {**parameters, "AWS::Region": REGION}
        )
    except InvalidDocumentException as error:
        reasons = "; ".join(cause.message for cause in error.causes)
        raise UsageError(f"the template {path} cannot be translated: {reasons or error.message}") from error
    return Template(parameters, plain.get("Conditions", {}), plain["Resources"], plain.get("Outputs", {}))


def _parameters(path: Path, declared: Mapping[str, Mapping[str, Any]], given: Mapping[str, str]) -> dict[str, str]:
    values = {name: given.get(name, spec.get("Default")) for name, spec in declared.items()}
    if missing := [name for name, value in values.items() if value is None]:
        raise UsageError(f"the template {path} needs values for its parameters {', '.join(missing)}")
    return {name: str(value) for name, value in values.items()}


def _with_code_uris(source: dict[str, Any]) -> dict[str, Any]:
    """The translator takes bundles in S3 only; folders stand in a template before it is packaged."""
    source = copy.deepcopy(source)
    functions = [source.get("Globals", {}).get("Function", {})]
    for resource in source["Resources"].values():
        if resource.get("Type") == "AWS::Serverless::Function":
            functions.append(resource.setdefault("Properties", {}))
    for properties in functions:
        if isinstance(properties.get("CodeUri"), str):
            properties["CodeUri"] = _NOWHERE
    return source
