"""From an event to people who have been told, step by step: begun, published to SNS, posted to the webhook.

Each step is noted when it is done, and whoever comes again goes on from there. Publishing and noting cannot be one
step: who is killed between SNS's answer and its note publishes again, and so does the post. Everything else happens
once, in whatever order and however often events arrive.

Publishing and posting are two calls, so that nobody waits at a telephone for somebody else's server.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Protocol

from argus.storage.failpoints import failpoint
from cloud_lambdas.alerts.audience import attributes_of
from cloud_lambdas.alerts.cooldown import cool_down_key
from cloud_lambdas.alerts.moment import moment_of
from cloud_lambdas.alerts.table import TOLD, State
from cloud_lambdas.alerts.text import Texts, compose
from cloud_lambdas.shared.alert import Alert

if TYPE_CHECKING:
    from argus.core.ports import Clock


class States(Protocol):
    """See :class:`cloud_lambdas.alerts.table.AlertsTable`."""

    def begin(self, event_id: str, now: datetime) -> State: ...

    def advance(self, event_id: str, before: State, after: State) -> State: ...

    def supersede(self, event_id: str, now: datetime) -> State: ...

    def hold(self, whose: str, event_id: str, at: datetime, now: datetime) -> bool: ...

    def start(self, whose: str, event_id: str, at: datetime, now: datetime) -> None: ...


class Pictures(Protocol):
    """See :class:`cloud_lambdas.shared.links.Links`."""

    def mint(self, key: str, now: datetime) -> str: ...


class Topic(Protocol):
    """See :class:`cloud_lambdas.alerts.topic.AlertsTopic`."""

    def publish(self, texts: Texts, attributes: Mapping[str, str]) -> None: ...


class Post(Protocol):
    """See :class:`cloud_lambdas.alerts.webhook.Webhook`."""

    def post(self, event_id: str, text: str) -> int | None: ...


@dataclass(frozen=True)
class Told:
    """An alert that has been published, or settled without.

    Attributes:
        texts: in which words it was published by this call.
        latency_ms: from the capture to SNS's answer; None where nothing was published, or no clock can tell.
    """

    alert: Alert
    state: State
    texts: Texts | None = None
    latency_ms: int | None = None


class AlertsService:
    """Tells people.

    Args:
        zone: of the people who are told.
    """

    def __init__(
        self, *, states: States, pictures: Pictures, topic: Topic, webhook: Post, clock: Clock, zone: tzinfo
    ) -> None:
        self._states = states
        self._pictures = pictures
        self._topic = topic
        self._webhook = webhook
        self._clock = clock
        self._zone = zone

    def publish(self, alert: Alert) -> Told:
        """Does all of an alert's steps until subscribers have it, as far as they have not been done.

        Raises:
            AlertWaits: that has to wait.
        """
        now = self._clock.now()
        state = self._states.begin(alert.event_id, now)
        failpoint("cloud.alert.begun")
        if state != "begun":
            return Told(alert, state)
        if not self._is_due(alert, now):
            return Told(alert, self._states.advance(alert.event_id, "begun", "silenced"))
        texts = self._texts(alert, now)
        self._topic.publish(texts, attributes_of(alert))
        latency_ms = self._since_capture_ms(alert)
        failpoint("cloud.alert.published")
        state = self._states.advance(alert.event_id, "begun", "sent")
        failpoint("cloud.alert.sent")
        return Told(alert, state, texts, latency_ms)

    def post(self, told: Told) -> int | None:
        """Posts what was published, unless that was done; what the webhook answered, where it was asked.

        Raises:
            WebhookUnavailable: that has to wait.
        """
        if told.state != "sent":
            return None
        texts = told.texts or self._texts(told.alert, self._clock.now())
        status = self._webhook.post(told.alert.event_id, texts.short)
        failpoint("cloud.alert.posted")
        self._states.advance(told.alert.event_id, "sent", "done")
        failpoint("cloud.alert.done")
        return status

    def _is_due(self, alert: Alert, now: datetime) -> bool:
        """Whether people should be told: no cool-down is on, or they have to hear that a stranger was none."""
        whose, at = cool_down_key(alert), moment_of(alert).at
        if self._is_told_a_stranger(alert, now):
            self._states.start(whose, alert.event_id, at, now)
            due = True
        else:
            due = self._states.hold(whose, alert.event_id, at, now)
        failpoint("cloud.alert.held")
        return due

    def _is_told_a_stranger(self, alert: Alert, now: datetime) -> bool:
        """Whether people heard of a stranger who is this person; otherwise they never will."""
        if alert.revises is None:
            return False
        told = self._states.supersede(alert.revises, now) in TOLD
        failpoint("cloud.alert.superseded")
        return told

    def _texts(self, alert: Alert, now: datetime) -> Texts:
        # A device names its pictures: a link leads to none of another's.
        pictured = alert.snapshot is not None and alert.snapshot.startswith(f"snapshots/{alert.thing}/")
        link = self._pictures.mint(alert.snapshot, now) if alert.snapshot is not None and pictured else None
        failpoint("cloud.alert.linked")
        return compose(alert, link, now, self._zone)

    def _since_capture_ms(self, alert: Alert) -> int | None:
        moment = moment_of(alert)
        passed = self._clock.now() - moment.at
        return max(0, round(passed.total_seconds() * 1000)) if moment.sure else None
