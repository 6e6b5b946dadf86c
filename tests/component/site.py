"""A device with everything around it: its nucleus, a broker, a cloud, and the built component."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from tests.broker import any_broker
from tests.component.cloud import PROMPT, Cloud, Manner
from tests.component.deployed import Deployed
from tests.component.running import Component
from tests.nucleus import NucleusProcess

THING = "door-1"

PATIENCE_SECONDS = 40.0
"""For something that takes a few seconds on a machine that has nothing else to do."""


class Site:
    """A context manager: broker, nucleus and cloud run; the component is started when a test wants it.

    Args:
        folder: of its own.
        configuration: merged into the recipe's defaults, as a deployment does.
        environment: of the component, beside what the nucleus gives.
    """

    def __init__(
        self,
        folder: Path,
        deployed: Deployed,
        configuration: Mapping[str, Any],
        environment: Mapping[str, str] | None = None,
        *,
        manner: Manner = PROMPT,
    ) -> None:
        (folder / "broker").mkdir(parents=True)
        self.broker = any_broker(folder / "broker")
        self.nucleus = NucleusProcess(deployed.defaults, broker_port=self.broker.port, thing=THING)
        self.cloud = Cloud(self.broker.port, THING, manner)
        self.component = Component(deployed, folder / "work")
        self._configuration = dict(configuration)
        self._environment = dict(environment or {})
        self._opened = ExitStack()

    def __enter__(self) -> Site:
        for part in (self.broker, self.nucleus, self.cloud):
            self._opened.enter_context(part)
        self.nucleus.tell("configure", merge=self._configuration)
        self._opened.callback(self.component.kill)
        return self

    def __exit__(self, *exception: object) -> None:
        self._opened.close()
        if exception[0] is not None:
            print(f"the component wrote:\n{self.component.log[-8000:]}")

    @property
    def environment(self) -> dict[str, str]:
        """What the component is started with at the moment."""
        return {**self.nucleus.environment, **self._environment}

    def start(self, more: Mapping[str, str] | None = None, before: tuple[str, ...] = ()) -> None:
        """Starts the component; see :meth:`Component.start`."""
        self.component.start({**self.environment, **(more or {})}, before)

    def comes_true(self, what: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
        """Whether ``what`` does while the component runs."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            if what():
                return True
            if not self.component.runs:
                return what()
            time.sleep(0.02)
        return what()

    def drain(self) -> None:
        """The component ends, if it runs, and runs once more without cameras until nothing waits."""
        if self.component.runs:
            self.component.stop()
        self.nucleus.tell("configure", reset="cameras")
        self.cloud.manner = PROMPT
        self.cloud.statuses.clear()
        self.start()
        self.comes_true(lambda: any(status.state != "stopping" for status in self.cloud.statuses))
        self.comes_true(lambda: self.component.outbox().waiting == 0 and self.component.outbox().snapshots == 0)
        assert self.component.stop() == 0

    def assert_all_arrived(self) -> None:
        """Every event that was committed came, each is one, and nothing waits any more."""
        outbox = self.component.outbox()
        assert (outbox.waiting, outbox.dropped) == (0, 0), outbox
        assert sorted(self.cloud.numbers) == list(range(1, outbox.committed + 1))
        assert not self.cloud.faults, self.cloud.faults
