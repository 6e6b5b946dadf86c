"""The way from the device to the cloud and to its neighbours, and back: what is asked of it.

Two adapters: Greengrass IPC, and plain MQTT 3.1.1 for where there is no nucleus.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from argus.core.errors import ArgusError

MessageHandler = Callable[[str, bytes], None]
"""Called with topic and payload in a thread of the transport: it hands them on and returns at once."""


class TransportError(ArgusError):
    """A message was not taken, or nothing can be subscribed to; it may go better later."""


class TransportLost(ArgusError):
    """The transport will not come back in this process: end it, and let it be started anew."""


class MessageTooLong(ArgusError):
    """No transport will ever take this message."""


class Transport(Protocol):
    """May be used by several threads at once."""

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Hands a message over, at least once (QoS 1), and waits until it was taken.

        Taken is not delivered: a nucleus keeps it in its memory.

        Raises:
            TransportError: it was not taken within some seconds.
            TransportLost: it never will be in this process.
            MessageTooLong: it never will be anywhere.
        """
        ...

    def publish_locally(self, topic: str, payload: bytes) -> None:
        """To the other components of this device; best effort, and nothing where there are none.

        Raises:
            TransportError, TransportLost, MessageTooLong: as :meth:`publish`.
        """
        ...

    def subscribe(self, topic_filter: str, handler: MessageHandler) -> None:
        """From now on ``handler`` gets what is published to ``topic_filter``; disjoint filters only.

        Raises:
            TransportError, TransportLost: as :meth:`publish`.
        """
        ...

    def renew(self) -> None:
        """Makes every subscription anew, because one seems to be silent; some messages may come twice meanwhile.

        Raises:
            TransportError, TransportLost: as :meth:`publish`.
        """
        ...

    def lost(self) -> str | None:
        """Why this transport will not come back, one sentence; None while it is there or reconnects by itself."""
        ...

    def close(self) -> None:
        """Lets it go; safe to call twice."""
        ...
