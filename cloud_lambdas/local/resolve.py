"""CloudFormation's intrinsic functions, against what was made so far."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from argus.core.errors import UsageError
from cloud_lambdas.local.account import ACCOUNT, REGION, STACK
from cloud_lambdas.local.translate import Template

_PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{STACK}/local",
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}

_VARIABLE = re.compile(r"\$\{([^!}][^}]*)\}")
_NOTHING = object()
"""What ``AWS::NoValue`` leaves: the property or item is taken away."""


@dataclass(frozen=True)
class Made:
    """A resource that is there.

    Attributes:
        ref: what ``Ref`` gives.
        attributes: what ``Fn::GetAtt`` gives.
    """

    ref: str
    attributes: Mapping[str, str] = field(default_factory=dict)


class Resolver:
    """Resolves the values of one template; whoever makes its resources puts them into :attr:`made`."""

    def __init__(self, template: Template) -> None:
        self.made: dict[str, Made] = {}
        self._template = template

    def holds(self, condition: str) -> bool:
        """Whether a condition of the template holds; raises UsageError where there is none of that name."""
        if condition not in self._template.conditions:
            raise UsageError(f"the template has no condition {condition}")
        return self._true(self._template.conditions[condition])

    def resolve(self, value: Any) -> Any:
        """``value`` without intrinsic functions.

        Raises:
            UsageError: a function that is not known here, or a name that nothing has.
        """
        if isinstance(value, list):
            return [item for item in map(self.resolve, value) if item is not _NOTHING]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            (name, argument), *_ = value.items()
            if name in self._functions:
                return self._functions[name](self, argument)
            if name.startswith("Fn::"):
                raise UsageError(f"the local cloud does not know the function {name}: write the template without it")
        resolved = {key: self.resolve(item) for key, item in value.items()}
        return {key: item for key, item in resolved.items() if item is not _NOTHING}

    def _ref(self, name: str) -> Any:
        if name == "AWS::NoValue":
            return _NOTHING
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self._template.parameters:
            return self._template.parameters[name]
        return self._find(name).ref

    def _get_att(self, path: str | list[str]) -> str:
        name, attribute = path.split(".", 1) if isinstance(path, str) else (path[0], ".".join(path[1:]))
        attributes = self._find(name).attributes
        if attribute not in attributes:
            raise UsageError(f"the local cloud does not know the attribute {name}.{attribute}")
        return attributes[attribute]

    def _find(self, name: str) -> Made:
        if name not in self.made:
            raise UsageError(f"the template refers to {name}, which is not there")
        return self.made[name]

    def _sub(self, argument: str | list[Any]) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else (argument[0], self.resolve(argument[1]))

        def value(found: re.Match[str]) -> str:
            name = found[1].strip()
            if name in given:
                return str(given[name])
            return str(self._get_att(name) if "." in name else self._ref(name))

        return _VARIABLE.sub(value, text).replace("${!", "${")

    def _join(self, argument: list[Any]) -> str:
        return str(argument[0]).join(str(item) for item in self.resolve(argument[1]))

    def _if(self, argument: list[Any]) -> Any:
        condition, then, otherwise = argument
        return self.resolve(then if self.holds(condition) else otherwise)

    def _select(self, argument: list[Any]) -> Any:
        index, items = self.resolve(argument)
        return items[int(index)]

    def _split(self, argument: list[Any]) -> list[str]:
        delimiter, text = self.resolve(argument)
        return list(str(text).split(delimiter))

    def _true(self, value: Mapping[str, Any]) -> bool:
        ((name, argument),) = value.items()
        if name == "Condition":
            return self.holds(argument)
        if name == "Fn::Equals":
            left, right = self.resolve(argument)
            return str(left) == str(right)
        if name == "Fn::Not":
            return not self._true(argument[0])
        if name in ("Fn::And", "Fn::Or"):
            return (all if name == "Fn::And" else any)(self._true(item) for item in argument)
        raise UsageError(f"the local cloud does not know the condition {name}: write the template without it")

    _functions: Mapping[str, Callable[[Resolver, Any], Any]] = {
        "Ref": _ref,
        "Fn::GetAtt": _get_att,
        "Fn::If": _if,
        "Fn::Join": _join,
        "Fn::Select": _select,
        "Fn::Split": _split,
        "Fn::Sub": _sub,
    }


def references(value: Any) -> set[str]:
    """The names that ``value`` refers to: resources, parameters and pseudo parameters."""
    if isinstance(value, list):
        return set().union(*map(references, value))
    if not isinstance(value, dict):
        return set()
    found = set().union(*map(references, value.values()))
    if isinstance(name := value.get("Ref"), str):
        found.add(name)
    if path := value.get("Fn::GetAtt"):
        found.add(path.split(".")[0] if isinstance(path, str) else path[0])
    if text := value.get("Fn::Sub"):
        names = _VARIABLE.findall(text if isinstance(text, str) else text[0])
        found |= {name.strip().split(".")[0] for name in names}
    return found
