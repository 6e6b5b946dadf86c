"""What a function's role lets it do; whatever it does not, is refused as AWS would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from fnmatch import translate
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from cloud_lambdas.local.needs import Need, missing_object_need, needs
from cloud_lambdas.local.provision import Stack
from cloud_lambdas.local.resolve import references

_KNOWN = {"Sid", "Effect", "Action", "Resource"}
_NOT_FOUND = 404
_READING = ("GetObject", "HeadObject")

OnUse = Callable[[Need], None]
"""Is told of every right that is used."""


class Rights:
    """Of one role.

    Args:
        statements: of its policies, resolved.

    Raises:
        UsageError: they say something that is not known here, such as a condition.
    """

    def __init__(self, statements: Iterable[Mapping[str, Any]]) -> None:
        self._granted: list[tuple[str, str]] = []
        for statement in statements:
            if statement.keys() - _KNOWN or statement["Effect"] != "Allow":
                raise UsageError(
                    f"the local cloud does not know the statement {statement.get('Sid')} of a role: write it with "
                    "Effect Allow, Action and Resource"
                )
            for action in _list(statement["Action"]):
                self._granted += [(action, resource) for resource in _list(statement["Resource"])]

    @property
    def granted(self) -> frozenset[tuple[str, str]]:
        """Actions and resources, as they are written."""
        return frozenset(self._granted)

    def by(self, need: Need) -> tuple[str, str] | None:
        """By what is granted it is allowed; None: it is not."""
        for action, resource in self._granted:
            if _covers(action.lower(), need.action.lower()) and _covers(resource, need.resource):
                return action, resource
        return None


def rights_of(stack: Stack, function: str) -> Rights:
    """Those of the role of a function, by the function's logical id."""
    (role,) = references(stack.template.resources[function]["Properties"]["Role"])
    policies = stack.resolver.resolve(stack.template.resources[role]["Properties"].get("Policies", []))
    return Rights(statement for policy in policies for statement in policy["PolicyDocument"]["Statement"])


def guarded(client: Any, rights: Rights, on_use: OnUse) -> Any:
    """The client, which from now on refuses what is not allowed.

    An address may be signed by anybody: of what it is for AWS asks when it is visited, and here nobody does.
    """
    service = client.meta.service_model.service_name

    def check(need: Need, operation: str) -> None:
        if rights.by(need) is None:
            message = f"the function's role does not allow {need.action} on {need.resource}"
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": message}}, operation)
        on_use(need)

    def before(params: Mapping[str, Any], model: Any, context: dict[str, Any], **_: Any) -> None:
        context["given"] = params
        for need in needs(service, model.name, params):
            if context.get("is_presign_request") and rights.by(need) is None:
                continue
            check(need, model.name)

    def after(http_response: Any, model: Any, context: Mapping[str, Any], **_: Any) -> None:
        if service == "s3" and model.name in _READING and http_response.status_code == _NOT_FOUND:
            check(missing_object_need(context["given"]), model.name)

    client.meta.events.register("provide-client-params", before)
    client.meta.events.register("after-call", after)
    return client


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _covers(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """``*`` stands for any characters, slashes too, and ``?`` for one; nothing else is special."""
    return re.compile(translate(pattern.replace("[", "[[]")), re.DOTALL)
