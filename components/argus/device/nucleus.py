"""What a nucleus offers a component beside messages: its configuration, and a place to report its state."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, Protocol

ComponentState = Literal["RUNNING", "ERRORED"]


class Nucleus(Protocol):
    """May be used by several threads at once. Every method raises TransportError and TransportLost."""

    def get_configuration(self) -> dict[str, Any]:
        """The component's configuration as it is now, without the nucleus's own part (``accessControl``)."""
        ...

    def on_configuration_change(self, handler: Callable[[], None]) -> None:
        """Calls ``handler`` whenever something in the configuration may have changed.

        It is called in a thread of the nucleus's client and returns at once. A deployment changes key by key and calls
        it for each: wait until it has been quiet for a moment, then read.
        """
        ...

    def report_state(self, state: ComponentState) -> None:
        """Says how the component is."""
        ...
