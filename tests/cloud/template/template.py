"""The template, read in two ways: as it is written, and as AWS's own transform makes plain CloudFormation of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

Template = dict[str, Any]

TEMPLATE = Path(__file__).resolve().parents[3] / "cloud_lambdas" / "template.yaml"

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")


@cache
def written() -> Template:
    """The file, read once, with short forms of functions (``!Ref``) in their long ones."""
    template: Template = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return template


def translated() -> Template:
    """What CloudFormation would make of it; asks AWS for nothing."""
    template: Template = transform(deepcopy(written()), {}, _NoManagedPolicies())
    return template


class _NoManagedPolicies:
    """Every function has a role of its own, so that no policy of AWS's is asked for."""

    def load(self) -> dict[str, str]:
        return {}


def of_type(template: Template, *types: str) -> dict[str, dict[str, Any]]:
    """Logical id -> resource, of these types."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] in types}


def names_in(value: Any) -> set[str]:
    """The resources and parameters that ``value`` refers to."""
    return set(_names_in(value))


def _names_in(value: Any) -> Iterator[str]:
    if isinstance(value, list):
        for one in value:
            yield from _names_in(one)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key == "Ref":
                yield one
            elif key == "Fn::GetAtt":
                yield one[0] if isinstance(one, list) else one.split(".")[0]
            elif key == "Fn::Sub":
                text = one if isinstance(one, str) else one[0]
                yield from (found.split(".")[0] for found in _VARIABLE.findall(text))
            elif key == "Fn::If":
                yield from _names_in(one[1:])
            else:
                yield from _names_in(one)


def substituted(value: Any, values: dict[str, str]) -> Any:
    """``value`` with each ``Fn::Sub`` in it carried out; ``${!x}`` becomes ``${x}``."""
    if isinstance(value, list):
        return [substituted(one, values) for one in value]
    if isinstance(value, dict):
        if value.keys() == {"Fn::Sub"}:
            return _VARIABLE.sub(lambda found: values[found[1]], value["Fn::Sub"]).replace("${!", "${")
        return {key: substituted(one, values) for key, one in value.items()}
    return value


def statements(resource: dict[str, Any]) -> list[dict[str, Any]]:
    """What the policies of a resource say, whatever its type calls them."""
    properties = resource.get("Properties", {})
    documents = [properties[key] for key in ("PolicyDocument", "KeyPolicy") if key in properties]
    documents += [policy["PolicyDocument"] for policy in properties.get("Policies", [])]
    return [statement for document in documents for statement in document["Statement"]]


def listed(value: Any) -> list[Any]:
    """Policies write one as itself, and several as a list."""
    return value if isinstance(value, list) else [value]
