"""Makes a template's resources, each after those that it refers to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any

from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from cloud_lambdas.local.resolve import Made, Resolver, references
from cloud_lambdas.local.resources import HTTP_API, INERT, MADE, WIRED, ClientOf, Properties, inert
from cloud_lambdas.local.translate import Template


@dataclass(frozen=True)
class Inert:
    """A resource of the template that is nothing on this machine."""

    logical_id: str
    type: str
    reason: str


@dataclass(frozen=True)
class Stack:
    """A template whose resources are there."""

    template: Template
    resolver: Resolver
    inert: tuple[Inert, ...]

    def of_type(self, wanted: str) -> Iterator[tuple[str, Properties]]:
        """Logical id and resolved properties of each resource of a type."""
        for logical_id, resource in self.template.resources.items():
            if resource["Type"] == wanted and logical_id in self.resolver.made:
                yield logical_id, self.resolver.resolve(resource.get("Properties", {}))

    def outputs(self) -> dict[str, str]:
        """The template's outputs."""
        return {
            name: str(self.resolver.resolve(output["Value"]))
            for name, output in self.template.outputs.items()
            if "Condition" not in output or self.resolver.holds(output["Condition"])
        }


def provision(template: Template, client: ClientOf, *, api_address: str) -> Stack:
    """Makes all of it.

    Args:
        api_address: where the HTTP API is served.

    Raises:
        UsageError: a type that the local cloud does not know, a circle, or what the imitation of AWS refuses.
    """
    resolver = Resolver(template)
    wanted = {
        logical_id: resource
        for logical_id, resource in template.resources.items()
        if "Condition" not in resource or resolver.holds(resource["Condition"])
    }
    refuse_unknown(wanted)
    for logical_id in _in_order(wanted):
        kind, given = wanted[logical_id]["Type"], wanted[logical_id].get("Properties", {})
        if kind in INERT:
            made = inert(logical_id)
        elif kind == HTTP_API:
            made = Made(logical_id, {"ApiEndpoint": api_address, "ApiId": logical_id})
        else:
            made = _make(client, logical_id, kind, _named(resolver, kind, given))
        resolver.made[logical_id] = made
    idle = [Inert(name, resource["Type"], INERT[resource["Type"]])
            for name, resource in wanted.items() if resource["Type"] in INERT]  # fmt: skip
    return Stack(template, resolver, tuple(idle))


def refuse_unknown(resources: Mapping[str, Mapping[str, Any]]) -> None:
    """Raises UsageError that names every resource of a type which is neither made, wired nor inert."""
    known = MADE.keys() | WIRED.keys() | INERT.keys() | {HTTP_API}
    unknown = [f"{name} ({resource['Type']})" for name, resource in resources.items() if resource["Type"] not in known]
    if unknown:
        raise UsageError(
            f"the local cloud does not know {', '.join(unknown)}: add the type to cloud_lambdas/local/resources.py"
        )


_NAMES = {
    "AWS::Events::Rule": "Name",
    "AWS::IoT::TopicRule": "RuleName",
    "AWS::Lambda::EventSourceMapping": "",
    "AWS::Lambda::Function": "FunctionName",
}
"""A wired resource is known by its name before what it refers to is there: alarms and rules may form circles."""


def _named(resolver: Resolver, kind: str, given: Mapping[str, Any]) -> Properties:
    if kind in WIRED:
        given = {name: value for name, value in given.items() if name == _NAMES[kind]}
    resolved: Properties = resolver.resolve(given)
    return resolved


def _make(client: ClientOf, logical_id: str, kind: str, properties: Properties) -> Made:
    try:
        return (MADE.get(kind) or WIRED[kind])(client, logical_id, properties)
    except ClientError as error:
        raise UsageError(f"{logical_id} ({kind}) cannot be made on this machine: {error}") from error
    except KeyError as error:
        raise UsageError(f"{logical_id} ({kind}) lacks the property {error}") from error


def _in_order(resources: Mapping[str, Mapping[str, Any]]) -> list[str]:
    graph = {}
    for logical_id, resource in resources.items():
        after = resource.get("DependsOn", [])
        kind, properties = resource["Type"], resource.get("Properties", {})
        if kind in WIRED:
            properties = properties.get(_NAMES[kind], {})
        needed = set() if kind in INERT or kind == HTTP_API else references(properties)
        if kind in MADE:
            needed |= {after} if isinstance(after, str) else set(after)
        graph[logical_id] = needed & resources.keys()
    try:
        return list(TopologicalSorter(graph).static_order())
    except CycleError as error:
        raise UsageError(
            f"the template's resources need each other in a circle: {' -> '.join(error.args[1])}"
        ) from error
