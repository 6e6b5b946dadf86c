"""What a function's role lets it do; whatever it does not, is refused as AWS would."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fnmatch import translate
from functools import cache
from typing import Any

from botocore.exceptions import ClientError

from argus.core.errors import UsageError
from cloud_lambdas.local.needs import Need, missing_object_need, needs
from cloud_lambdas.local.provision import Stack
from cloud_lambdas.local.resolve import references

_KNOWN = {"Sid", "Effect", "Action", "Resource", "Condition"}
_NOT_FOUND = 404
_READING = ("GetObject", "HeadObject")

Right = tuple[str, str]
"""An action and a resource, as a role's statement has them."""

OnUse = Callable[[Right], None]
"""Is told of every right that is used."""


@dataclass(frozen=True)
class _Grant:
    """A right, to all items of a table or to those whose keys match one of these."""

    right: Right
    leading_keys: tuple[str, ...] | None

    def covers(self, need: Need) -> bool:
        (action, resource), keys = self.right, self.leading_keys
        if not _covers(action.lower(), need.action.lower()) or not _covers(resource, need.resource):
            return False
        # AWS would let a call through that names no item, such as a scan: here nobody grants one so by mistake.
        return keys is None or any(_covers(key, need.leading_key) for key in keys if need.leading_key is not None)


class Rights:
    """Of one role.

    Args:
        statements: of its policies, resolved.

    Raises:
        UsageError: they say something that is not known here, such as any condition but the one on items' keys.
    """

    def __init__(self, statements: Iterable[Mapping[str, Any]]) -> None:
        self._grants: list[_Grant] = []
        for statement in statements:
            if statement.keys() - _KNOWN or statement["Effect"] != "Allow":
                raise _not_known(statement)
            keys = _leading_keys(statement)
            for action in _list(statement["Action"]):
                self._grants += [_Grant((action, resource), keys) for resource in _list(statement["Resource"])]

    @property
    def granted(self) -> frozenset[Right]:
        """Actions and resources, as they are written."""
        return frozenset(grant.right for grant in self._grants)

    def by(self, need: Need) -> Right | None:
        """By what is granted it is allowed; None: it is not."""
        return next((grant.right for grant in self._grants if grant.covers(need)), None)


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
        right = rights.by(need)
        if right is None:
            message = f"the function's role does not allow {need.action} on {need.resource}"
            error = {"Code": "AccessDenied", "Message": message}
            refusal: Any = {"Error": error, "ResponseMetadata": {"HTTPStatusCode": 403}}
            raise ClientError(refusal, operation)
        on_use(right)

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


def _leading_keys(statement: Mapping[str, Any]) -> tuple[str, ...] | None:
    """What the keys of items have to match; None: they may be any."""
    match statement.get("Condition"):
        case None:
            return None
        case {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys, **more}, **others} if not more and not others:
            return tuple(_list(keys))
    raise _not_known(statement)


def _not_known(statement: Mapping[str, Any]) -> UsageError:
    return UsageError(
        f"the local cloud does not know the statement {statement.get('Sid')} of a role: write it with Effect Allow, "
        "Action and Resource, and no condition but ForAllValues:StringLike of dynamodb:LeadingKeys"
    )


def _list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def _covers(pattern: str, value: str) -> bool:
    return _expression(pattern).fullmatch(value) is not None


@cache
def _expression(pattern: str) -> re.Pattern[str]:
    """``*`` stands for any characters, slashes too, and ``?`` for one; nothing else is special."""
    return re.compile(translate(pattern.replace("[", "[[]")), re.DOTALL)
