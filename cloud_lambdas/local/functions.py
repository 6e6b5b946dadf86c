"""The template's functions: their own handlers, in threads of this process, each with its own environment."""

from __future__ import annotations

import importlib
import inspect
import logging
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from argus.core.errors import UsageError
from cloud_lambdas.local.resources import Properties
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock

_LOG = logging.getLogger(__name__)

_AT_ONCE = 4
"""Calls of one function at the same time, unless the template reserves fewer."""

Handler = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Context:
    """What Lambda tells a handler of its call, as far as the functions ask."""

    function_name: str
    timeout_seconds: int
    begun_at: float = field(default_factory=time.monotonic)

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int(1000 * (self.timeout_seconds - (time.monotonic() - self.begun_at))))


class LocalFunction:
    """One function of the template.

    Args:
        environment: its own, resolved.
        clients: of the imitation of AWS.
    """

    def __init__(self, arn: str, properties: Properties, environment: Mapping[str, str], clients: Clients) -> None:
        self.arn = arn
        self.name = arn.rpartition(":")[2]
        self.environment = dict(environment)
        self.timeout_seconds = int(properties.get("Timeout", 3))
        self._handler = _load(self.name, properties["Handler"], environment, clients)
        self.at_once = min(_AT_ONCE, int(properties.get("ReservedConcurrentExecutions", _AT_ONCE)))
        self._pool = ThreadPoolExecutor(self.at_once, thread_name_prefix=self.name)

    def invoke(self, event: Any) -> Future[Any]:
        """Calls the handler on a thread of the function's own; what it raises is in the future, and in the log."""
        called = self._pool.submit(self._call, event)
        called.add_done_callback(self._tell)
        return called

    def _call(self, event: Any) -> Any:
        """Its time begins here, not while it waits for a thread."""
        return self._handler(event, Context(self.name, self.timeout_seconds))

    def close(self) -> None:
        """Ends when the calls that have begun are done."""
        self._pool.shutdown(cancel_futures=True)

    def _tell(self, called: Future[Any]) -> None:
        if not called.cancelled() and (error := called.exception()):
            _LOG.warning("the function %s failed: %s: %s", self.name, type(error).__name__, error)
            _LOG.info("how it failed", exc_info=error)


def _load(name: str, path: str, environment: Mapping[str, str], clients: Clients) -> Handler:
    """The handler that the module's ``create`` makes of those of environment, clients and clock that it asks for.

    Raises:
        UsageError: there is no such module or no ``create``, or the environment lacks something.
    """
    module_name = path.rpartition(".")[0]
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UsageError(f"the function {name} cannot be loaded from {module_name}: {error}") from error
    create: Callable[..., Handler] | None = getattr(module, "create", None)
    if create is None:
        raise UsageError(f"the function {name} cannot be loaded: {module_name} has no create(environment, clients)")
    offered = {"environment": environment, "clients": clients, "clock": SystemClock()}
    wanted = inspect.signature(create).parameters
    return create(**{what: value for what, value in offered.items() if what in wanted})
