"""A message to oneself, by way of the cloud: whether what is subscribed to still arrives.

A subscription can go silent while publishing goes on working: nucleus lite loses one when it cannot renew it after its
own connection was interrupted. Nothing tells; acknowledgements and commands just never come.

What a miss leads to::

    misses in a row    what follows
    1                  it is reported (``silent``), and tried again at once
    2                  every subscription is made anew, and tried again at once
    3 and on           the program ends, to be started anew: where that helps, if a canary was heard before, and if
                       it has run for so long that no nucleus gives it up; else as at 2, once an interval

Only if one was heard before, because the classic nucleus takes messages while there is no network: to a program that
starts in that time everything is silent, and ending again and again makes the nucleus give the component up.
"""

from __future__ import annotations

import logging
import threading
import uuid
from dataclasses import dataclass

from argus.core import topics
from argus.core.ports import Clock
from argus.device.transport import Transport, TransportError, TransportLost

_LOG = logging.getLogger(__name__)

INTERVAL_SECONDS = 120.0
"""Two messages each, and their acknowledgements: some 65,000 in a month, which IoT Core bills with about 6 cents."""

PATIENCE_SECONDS = 30.0
"""A message takes well under a second to the cloud and back; the nucleus may be busy with a reconnect."""

SETTLED_SECONDS = 1800.0
"""Whoever ends no sooner ends at most twice an hour; at the third or fourth time a nucleus gives a component up."""

_RENEW, _END = 2, 3


@dataclass
class _Flight:
    token: bytes
    sent_at: float


class Canary:
    """Call :meth:`subscribe` once, then :meth:`tick` every second or so, from one thread.

    Args:
        ends: being started anew helps, because somebody does it.
        settled_seconds: not before the canary is that old.
    """

    def __init__(
        self,
        transport: Transport,
        thing: str,
        clock: Clock,
        *,
        ends: bool,
        interval_seconds: float = INTERVAL_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        settled_seconds: float = SETTLED_SECONDS,
    ) -> None:
        self._transport = transport
        self._topic = topics.canary(thing)
        self._clock = clock
        self._ends = ends
        self._interval_seconds = interval_seconds
        self._patience_seconds = patience_seconds
        self._lock = threading.Lock()
        self._flight: _Flight | None = None
        self._next_at = clock.monotonic_seconds()
        self._settled_at = self._next_at + settled_seconds
        self._heard_before = False
        self._misses = 0
        self._lost: str | None = None

    def subscribe(self) -> None:
        """Listens from now on; raises TransportError, TransportLost."""
        self._transport.subscribe(self._topic, self._hear)

    def silent(self) -> bool:
        """Publishing works and nothing comes back."""
        return self._misses > 0

    def lost(self) -> str | None:
        """Why the program must end, one sentence; as :meth:`argus.device.transport.Transport.lost`."""
        return self._lost

    def tick(self) -> None:
        """Sends the next one when it is due, and minds one that did not come back."""
        now = self._clock.monotonic_seconds()
        with self._lock:
            missed = self._flight is not None and now - self._flight.sent_at >= self._patience_seconds
            if missed:
                self._flight = None
                self._misses += 1
                self._next_at = now if self._misses <= _RENEW else now + self._interval_seconds
        if missed:
            self._mind()
        if self._flight is None and now >= self._next_at:
            self._send(now)

    def _send(self, now: float) -> None:
        token = uuid.uuid4().hex.encode()
        # Before it is sent, because it may come back before the call does.
        with self._lock:
            self._flight = _Flight(token, now)
            self._next_at = now + self._interval_seconds
        try:
            self._transport.publish(self._topic, token)
        except (TransportError, TransportLost):
            # Nothing can come back of what was not sent; whoever watches the transport reports it.
            with self._lock:
                self._flight, self._misses = None, 0
                self._next_at = now + self._patience_seconds

    def _hear(self, topic: str, payload: bytes) -> None:
        with self._lock:
            if self._flight is None or payload != self._flight.token:
                return
            self._flight = None
            self._heard_before = True
            silent, self._misses = self._misses > 0, 0
        if silent:
            _LOG.info("messages arrive again")

    def _mind(self) -> None:
        _LOG.warning("publishing works and nothing comes back (%d times in a row)", self._misses)
        settled = self._clock.monotonic_seconds() >= self._settled_at
        if self._misses >= _END and self._ends and self._heard_before and settled:
            self._lost = (
                "publishing works and nothing comes back, not even by new subscriptions: "
                "the program ends, to be started anew"
            )
        elif self._misses >= _RENEW:
            try:
                self._transport.renew()
            except (TransportError, TransportLost) as error:
                _LOG.warning("the subscriptions could not be made anew: %s", error)
