"""What has become of each alert, and who was told of last; both in the table of cool-downs.

``alert/<event id>``: ``state``, by which whoever comes again goes on::

    (nothing) -> begun -> sent -> done
                   |-> silenced    a cool-down was on
                   '-> superseded  the visit's match was there first

``cooldown/<whose>``: the ``event_id`` of the alert that has it, and ``at``, when that event was. It is no more than a
pointer: whether people were told, and are to be left alone, stands in that alert's own item. So one write marks an
alert as sent and starts the cool-down, and the cool-down of an alert that came to nothing holds up nobody.
``held_until`` is for how long whoever has it may still be about to send.
"""

from __future__ import annotations

from datetime import datetime, timedelta
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
        mine: _Values = {
            ":me": text(event_id),
            ":at": _milliseconds(at),
            ":held_until": _seconds(now + timedelta(seconds=HELD_SECONDS)),
            ":expires": _seconds(now + self._cool_down + timedelta(days=1)),
        }
        free = "attribute_not_exists(event_id) OR event_id = :me OR #at <= :before"
        there = self._take(whose, mine, free, {":before": _milliseconds(at - self._cool_down)})
        if there is None or int(there["at"]["N"]) >= int(_milliseconds(at + self._cool_down)["N"]):
            return True  # it is the newest, or comes too late to have to do with the newest, which stays what counts
        holder, held_until = there["event_id"], there["held_until"]
        if self.find(holder["S"]) in TOLD:
            return False
        left = "event_id = :holder AND held_until = :held"
        waits = int(held_until["N"]) > now.timestamp()
        if waits or self._take(whose, mine, left, {":holder": holder, ":held": held_until}) is not None:
            raise AlertWaits("another alert about the same person is on its way: this one comes again after it")
        return True

    def _take(self, whose: str, mine: _Values, condition: str, values: _Values) -> dict[str, Any] | None:
        change = "SET event_id = :me, #at = :at, held_until = :held_until, expires = :expires"
        return self._update(f"cooldown/{whose}", change, condition, mine | values)

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
