"""What has become of each alert, and who was told of last; both in the table of cool-downs.

``alert/<event id>``: ``state``, by which whoever comes again goes on::

    (nothing) -> begun -> sent -> done
                   |-> silenced    a cool-down was on
                   '-> superseded  the visit's match was there first

``cooldown/<whose>``: the ``event_id`` of the alert that has it, and ``at``, when that event was. It is no more than a
pointer: whether people were told, and are to be left alone, stands in that alert's own item. So one write marks an
alert as sent and starts the cool-down, and the cool-down of an alert that came to nothing holds up nobody.
``held_until`` is for how long whoever has it may still be about to send.

``cooldown/<whose>@<number>``: the same for one span of time, as long as a cool-down, counted from 1970. Whoever takes
the pointer takes that of their time too; what comes so late that the pointer is a cool-down ahead asks it alone. So a
backlog is told once a span, in whatever order it comes.
"""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, Literal

from cloud_lambdas.alerts.errors import AlertWaits
from cloud_lambdas.shared.conditional_writes import ConditionalWrites
from cloud_lambdas.shared.dynamodb import number, text

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

State = Literal["begun", "sent", "done", "silenced", "superseded"]

TOLD: tuple[State, ...] = ("sent", "done")
"""People have heard of it."""

HELD_SECONDS = 60
"""Longer than the function may run, and shorter than the queue waits before it gives a message out again."""

KEPT = timedelta(days=30)
"""A message may wait two weeks in the queue and two in its dead-letter queue, and is told once in all that time."""

_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

_Values = dict[str, "AttributeValueTypeDef"]


class AlertsTable:
    """Implements the port of :mod:`cloud_lambdas.alerts.service`.

    Args:
        cool_down: after an alert the next one of the same person waits so long; by when they were seen, so that it
            makes no difference how late and in what order events arrive. Zero: it never does.
    """

    def __init__(self, client: DynamoDBClient, table: str, cool_down: timedelta) -> None:
        self._client = client
        self._table = table
        self._writes = ConditionalWrites(client, table)
        self._cool_down = cool_down

    def find(self, event_id: str) -> State | None:
        """The state of an alert; None where it has none."""
        key = {"key": text(_alert_key(event_id))}
        item = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if item is None else _state(item)

    def begin(self, event_id: str, now: datetime) -> State:
        """The state of an alert, which is ``begun`` by this where it has none."""
        there = self._update(
            _alert_key(event_id),
            "SET #state = :begun, expires = :expires",
            "attribute_not_exists(#state)",
            {":begun": text("begun"), ":expires": _seconds(now + KEPT)},
        )
        return "begun" if there is None else _state(there)

    def advance(self, event_id: str, before: State, after: State) -> State:
        """From one state to another; the one that it is in, where another call was faster."""
        there = self._update(
            _alert_key(event_id),
            "SET #state = :after",
            "#state = :before",
            {":before": text(before), ":after": text(after)},
        )
        return after if there is None else _state(there)

    def supersede(self, event_id: str, now: datetime) -> State:
        """Keeps an alert from being told, unless it has been settled; its state."""
        there = self._update(
            _alert_key(event_id),
            "SET #state = :superseded, expires = :expires",
            "attribute_not_exists(#state) OR #state IN (:begun, :superseded)",
            {":begun": text("begun"), ":superseded": text("superseded"), ":expires": _seconds(now + KEPT)},
        )
        return "superseded" if there is None else _state(there)

    def hold(self, whose: str, event_id: str, at: datetime, now: datetime) -> bool:
        """Takes a cool-down for an event that was ``at``; False where people have been told of the same time.

        Raises:
            AlertWaits: another event has it, and may be about to be sent.
        """
        if not self._cool_down:
            return True
        mine, window = self._mine(event_id, at, now), self._window(whose, at)
        key, there = whose, self._take_free(whose, mine, at)
        if there is not None and int(there["at"]["N"]) >= int(_milliseconds(at + self._cool_down)["N"]):
            key, there = window, self._take_free(window, mine, at)  # the newest has nothing to do with what is so late
        if there is not None and not self._inherit(key, there, mine, now):
            return False
        if key != window:
            self._take_free(window, mine, at)
        return True

    def start(self, whose: str, event_id: str, at: datetime, now: datetime) -> None:
        """Starts a cool-down with an event that is told in any case; one of a newer event stays."""
        if self._cool_down:
            for key in (whose, self._window(whose, at)):
                self._take(key, self._mine(event_id, at, now), "attribute_not_exists(event_id) OR #at <= :at", {})

    def _inherit(self, key: str, there: dict[str, Any], mine: _Values, now: datetime) -> bool:
        """Takes what another event has that came to nothing; False where people have been told of that."""
        holder, held_until = there["event_id"], there["held_until"]
        if self.find(holder["S"]) in TOLD:
            return False
        left = "event_id = :holder AND held_until = :held"
        waits = int(held_until["N"]) > now.timestamp()
        if waits or self._take(key, mine, left, {":holder": holder, ":held": held_until}) is not None:
            raise AlertWaits("another alert about the same person is on its way: this one comes again after it")
        return True

    def _window(self, whose: str, at: datetime) -> str:
        return f"{whose}@{(at - _EPOCH) // self._cool_down}"

    def _mine(self, event_id: str, at: datetime, now: datetime) -> _Values:
        return {
            ":me": text(event_id),
            ":at": _milliseconds(at),
            ":held_until": _seconds(now + timedelta(seconds=HELD_SECONDS)),
            ":expires": _seconds(now + self._cool_down + timedelta(days=1)),
        }

    def _take_free(self, key: str, mine: _Values, at: datetime) -> dict[str, Any] | None:
        free = "attribute_not_exists(event_id) OR event_id = :me OR #at <= :before"
        return self._take(key, mine, free, {":before": _milliseconds(at - self._cool_down)})

    def _take(self, key: str, mine: _Values, condition: str, values: _Values) -> dict[str, Any] | None:
        change = "SET event_id = :me, #at = :at, held_until = :held_until, expires = :expires"
        return self._update(f"cooldown/{key}", change, condition, mine | values)

    def _update(self, key: str, change: str, condition: str, values: _Values) -> dict[str, Any] | None:
        """Changes an item on that condition; otherwise what is there instead."""
        return self._writes.update({"key": text(key)}, change, condition, values)


def _alert_key(event_id: str) -> str:
    return f"alert/{event_id}"


def _state(item: dict[str, Any]) -> State:
    state: State = item["state"]["S"]
    return state


def _seconds(at: datetime) -> AttributeValueTypeDef:
    return number(int(at.timestamp()))


def _milliseconds(at: datetime) -> AttributeValueTypeDef:
    return number(int(at.timestamp() * 1000))
