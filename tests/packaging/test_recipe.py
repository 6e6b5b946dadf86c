"""The recipe: what the cloud, the classic nucleus and nucleus lite each ask of it."""

from __future__ import annotations

import dataclasses
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

import argus
from argus.core import topics
from argus.device.settings.model import CameraSettings, CollectionSettings, Settings
from argus.device.settings.reading import read_settings
from scripts.bundling.declaration import read_bundle
from scripts.bundling.targets import MACHINES

NAME = "argus.FaceRecognizer"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "aarch64"}
"""``uname -m`` -> what a recipe calls it."""


@pytest.fixture(scope="module")
def text(root: Path) -> str:
    return (root / "recipes" / f"{NAME}.yaml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def recipe(text: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(text)
    return document


@pytest.fixture(scope="module")
def configuration(recipe: dict[str, Any]) -> dict[str, Any]:
    document: dict[str, Any] = recipe["ComponentConfiguration"]["DefaultConfiguration"]
    return document


def test_it_is_small_enough_and_rightly_named(text: str, recipe: dict[str, Any]) -> None:
    assert len(text.encode()) <= 16_000
    assert recipe["RecipeFormatVersion"] == "2020-01-25"
    assert recipe["ComponentName"] == NAME
    assert re.fullmatch("[a-zA-Z0-9-_.]+", NAME)


def test_it_fits_into_nucleus_lites_memory(recipe: dict[str, Any], configuration: dict[str, Any]) -> None:
    """255 objects a recipe, 190 a default configuration; and the cloud hands a recipe over as base64 within 16 KB."""
    assert weight(recipe) <= 255
    assert weight(configuration) <= 190
    assert len(json.dumps(recipe, separators=(",", ":"))) <= 11_500


def weight(value: Any) -> int:
    """Objects as nucleus lite counts them: two a key, one an item."""
    if isinstance(value, dict):
        return sum(2 + weight(item) for item in value.values())
    return sum(1 + weight(item) for item in value) if isinstance(value, list) else 0


def test_the_build_tool_finds_one_recipe_and_runs_the_build(root: Path) -> None:
    assert os.readlink(root / "recipe.yaml") == f"recipes/{NAME}.yaml"
    assert not (root / "recipe.json").exists()
    document = json.loads((root / "gdk-config.json").read_text(encoding="utf-8"))
    assert document.keys() == {"component", "gdk_version"}
    ((name, configured),) = document["component"].items()
    assert name == NAME
    assert configured.keys() == {"author", "version", "build", "publish"}
    assert configured["publish"]["bucket"]
    assert configured["build"]["build_system"] == "custom"
    (command,) = configured["build"]["custom_build_command"]
    assert os.access(root / command, os.X_OK)


def test_versions_agree(root: Path, recipe: dict[str, Any]) -> None:
    configured = json.loads((root / "gdk-config.json").read_text(encoding="utf-8"))["component"][NAME]
    assert configured["version"] == recipe["ComponentVersion"] == argus.__version__
    assert configured["author"] == recipe["ComponentPublisher"]


def test_each_processor_has_its_manifest(recipe: dict[str, Any]) -> None:
    """Nucleus lite skips a manifest without ``runtime``."""
    platforms = [manifest["Platform"] for manifest in recipe["Manifests"]]
    assert platforms == [
        {"os": "linux", "architecture": ARCHITECTURES[machine], "runtime": "*"} for machine in MACHINES
    ]
    first, second = (
        json.dumps(manifest).replace(machine, "MACHINE").replace(f'"{ARCHITECTURES[machine]}"', '"MACHINE"')
        for manifest, machine in zip(recipe["Manifests"], MACHINES, strict=True)
    )
    assert first == second


def test_the_lifecycle_has_what_both_nuclei_know(recipe: dict[str, Any]) -> None:
    """In this very case, in which nucleus lite asks for them; it has no shutdown, recover or Skipif."""
    for manifest in recipe["Manifests"]:
        assert manifest["Lifecycle"].keys() == {"install", "run"}
        for step in manifest["Lifecycle"].values():
            assert step.keys() <= {"Script", "Setenv", "Timeout", "RequiresPrivilege"}
            assert step["RequiresPrivilege"] is False
        # The default of 120 s is too short for some 150 MB of packages.
        assert manifest["Lifecycle"]["install"]["Timeout"] >= 900


def test_scripts_and_artifacts_fit_each_other(root: Path, recipe: dict[str, Any]) -> None:
    """Nucleus lite looks for ``Uri``, and finds no ``URI``."""
    files = read_bundle(root, "device").files
    for manifest, machine in zip(recipe["Manifests"], MACHINES, strict=True):
        (artifact,) = manifest["Artifacts"]
        assert artifact["Uri"] == f"s3://BUCKET_NAME/COMPONENT_NAME/COMPONENT_VERSION/argus-{machine}.zip"
        assert artifact["Unarchive"] == "ZIP"
        for name, step in manifest["Lifecycle"].items():
            assert f'"{{artifacts:decompressedPath}}/argus-{machine}/{name}.sh" "{{work:path}}"' in step["Script"]
            assert f"{name}.sh" in files
        # The program gets the signals itself.
        assert manifest["Lifecycle"]["run"]["Script"].startswith("exec ")


def test_variables_are_those_that_every_nucleus_replaces(recipe: dict[str, Any]) -> None:
    """Nucleus lite takes every brace for the begin of one, and cuts the script there when it is none."""
    scripts = " ".join(step["Script"] for manifest in recipe["Manifests"] for step in manifest["Lifecycle"].values())
    assert set(re.findall(r"\{[^}]*\}?", scripts)) == {"{artifacts:decompressedPath}", "{work:path}"}


def test_dependencies_are_versioned_and_credentials_come_with_the_hard_one(recipe: dict[str, Any]) -> None:
    dependencies = recipe["ComponentDependencies"]
    assert {name: facts["DependencyType"] for name, facts in dependencies.items()} == {
        "aws.greengrass.TokenExchangeService": "HARD",
        "aws.greengrass.Nucleus": "SOFT",
    }
    assert all(facts["VersionRequirement"] for facts in dependencies.values())


def test_access_is_to_the_projects_topics_alone(configuration: dict[str, Any]) -> None:
    access = configuration["accessControl"]
    operations = {
        "aws.greengrass.ipc.mqttproxy": {"aws.greengrass#PublishToIoTCore", "aws.greengrass#SubscribeToIoTCore"},
        "aws.greengrass.ipc.pubsub": {"aws.greengrass#PublishToTopic", "aws.greengrass#SubscribeToTopic"},
    }
    assert access.keys() == operations.keys()
    policies = [(service, name, policy) for service, named in access.items() for name, policy in named.items()]
    assert len({name for _, name, _ in policies}) == len(policies)
    for service, name, policy in policies:
        assert name.startswith(f"{NAME}:{service.rpartition('.')[2]}:")
        assert set(policy["operations"]) == operations[service]
        assert policy["resources"] == [f"{topics.ROOT}/*"]


def test_the_default_configuration_is_that_of_the_program(configuration: dict[str, Any]) -> None:
    shown = {key: value for key, value in configuration.items() if key != "accessControl"}
    assert {**shown, "cameras": [], "collections": []} == json.loads(json.dumps(dataclasses.asdict(Settings())))
    assert read_settings(configuration) == Settings()


def test_cameras_and_collections_can_be_deployed_in_either_form(configuration: dict[str, Any]) -> None:
    """Nucleus lite fails a deployment that gives an object to a key that has a list, and the other way round."""
    assert not {"cameras", "collections"} & configuration.keys()


@pytest.mark.parametrize(("section", "entry"), [("cameras", CameraSettings), ("collections", CollectionSettings)])
def test_what_an_entry_may_hold_is_explained(text: str, section: str, entry: type[Any]) -> None:
    comment = re.split(r"\n    #?\n", text.partition(f"\n    # {section}: ")[2])[0]
    explained = dict(re.findall(r"^    #   (\w+): +(\S+)", comment, re.MULTILINE))
    fields = dataclasses.fields(entry)
    assert list(explained) == [field.name for field in fields]
    for field in fields:
        if field.default is not dataclasses.MISSING:
            assert yaml.safe_load(explained[field.name]) == json.loads(json.dumps(field.default)), field.name
