"""Posts alerts to a webhook, as Slack's incoming webhooks take them, signed as Standard Webhooks are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import urllib3

from cloud_lambdas.alerts.errors import WebhookUnavailable
from cloud_lambdas.alerts.secret import Endpoint, WebhookSecret
from cloud_lambdas.alerts.signature import signature

if TYPE_CHECKING:
    from argus.core.ports import Clock

ANSWER_SECONDS = 5.0
"""In all. A batch of posts that are answered just in time ends within the function's time."""

REST_SECONDS = 20
"""After no answer in time, or "too many requests", nothing is posted for so long: the rest of a batch fails at once,
and the function ends in time. The queue brings it again minutes later."""

_TOO_MANY = 429
_LATER = {408, 425, _TOO_MANY}
"""Client errors that pass; all others are for good, and so is a redirection, which is not followed."""


class Webhook:
    """Posts one alert at a time."""

    def __init__(self, secret: WebhookSecret, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock
        self._rests_until = 0.0
        self._http = urllib3.PoolManager(timeout=urllib3.Timeout(total=ANSWER_SECONDS), retries=False)

    def post(self, event_id: str, text: str) -> int | None:
        """Posts an alert; the status that was answered, which is for good. None: the webhook is switched off.

        Raises:
            WebhookUnavailable: it may be taken later.
            UsageError: the secret cannot be used.
        """
        endpoint = self._secret.endpoint()
        if endpoint is None:
            return None
        status = self._post(endpoint, event_id, text)
        if not _taken(status):
            # The address may have been changed since it was read.
            fresh = self._secret.endpoint(anew=True)
            if fresh is not None and fresh != endpoint:
                status = self._post(fresh, event_id, text)
        return status

    def _post(self, endpoint: Endpoint, event_id: str, text: str) -> int:
        if self._clock.monotonic_seconds() < self._rests_until:
            raise WebhookUnavailable("the webhook did not take the last alert, and this one is posted later")
        body = json.dumps({"text": escaped(text)}, ensure_ascii=False).encode()
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "argus",
            "webhook-id": event_id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": signature(endpoint.key, event_id, timestamp, body),
        }
        try:
            answer = self._http.request(
                "POST", endpoint.url, body=body, headers=headers, redirect=False, preload_content=False
            )
        except urllib3.exceptions.HTTPError as error:
            self._rest()
            # Its text holds the address.
            raise WebhookUnavailable(f"the webhook cannot be reached ({type(error).__name__})") from None
        answer.close()  # what it says beside the status is not needed, however long it is
        if answer.status in _LATER or answer.status >= 500:
            if answer.status == _TOO_MANY:
                self._rest()
            raise WebhookUnavailable(f"the webhook answered {answer.status}")
        return answer.status

    def _rest(self) -> None:
        self._rests_until = self._clock.monotonic_seconds() + REST_SECONDS


def escaped(text: str) -> str:
    """``text`` as Slack wants it: the three characters that it gives a meaning, replaced."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _taken(status: int) -> bool:
    return 200 <= status < 300
