"""Where the webhook is, and the key that signs what is posted to it: a secret of Secrets Manager, as JSON.

``{"url": "https://...", "key": "whsec_..."}``; an empty ``url`` switches the webhook off.
"""

from __future__ import annotations

import ipaddress
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from argus.core.errors import UsageError
from cloud_lambdas.alerts.signature import key_bytes

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

    from argus.core.ports import Clock

KEPT_SECONDS = 300
"""A changed secret is noticed within it."""


@dataclass(frozen=True)
class Endpoint:
    """A webhook. Slack's addresses are secrets themselves, so neither is in its text."""

    url: str = field(repr=False)
    key: bytes = field(repr=False)


class WebhookSecret:
    """Reads the secret, and again after a while."""

    def __init__(self, client: SecretsManagerClient, secret: str, clock: Clock) -> None:
        self._client = client
        self._secret = secret
        self._clock = clock
        self._kept: tuple[float, Endpoint | None] | None = None

    def endpoint(self, *, anew: bool = False) -> Endpoint | None:
        """The webhook; None where it is switched off.

        Args:
            anew: it is read now, whatever is remembered.

        Raises:
            UsageError: the secret is something else.
        """
        now = self._clock.monotonic_seconds()
        if anew or self._kept is None or now - self._kept[0] >= KEPT_SECONDS:
            content = self._client.get_secret_value(SecretId=self._secret).get("SecretString", "")
            self._kept = (now, read_endpoint(content))
        return self._kept[1]


def read_endpoint(content: str) -> Endpoint | None:
    """What the secret says; raises UsageError where that is nothing usable, and never says what is in it."""
    try:
        document = json.loads(content)
        url, key = document["url"], document["key"]
    except (KeyError, TypeError, ValueError, RecursionError):
        raise _wrong('it must be JSON with "url" and "key"') from None
    if not isinstance(url, str) or not isinstance(key, str):
        raise _wrong('"url" and "key" must be texts')
    if not url:
        return None
    if not _may_be_posted_to(url):
        raise _wrong('"url" must begin with https:// (http:// only on this machine itself)')
    try:
        return Endpoint(url, key_bytes(key))
    except ValueError as error:
        raise _wrong(f'"key" must be whsec_ and base64: {error}') from None


def _may_be_posted_to(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        _ = parts.port  # refuses what is no number
    except ValueError:
        return False
    if not host or not url.isascii() or not url.isprintable() or " " in url:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and _is_this_machine(host))


def _is_this_machine(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _wrong(what: str) -> UsageError:
    return UsageError(f"the webhook's secret cannot be used: {what}; put it right, then redrive the dead letters")
