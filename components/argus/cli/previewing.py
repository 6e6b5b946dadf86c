"""``--preview``: a page for those who want to see what a watch sees."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from argus.cli.output import print_note
from argus.cli.parsers import number
from argus.core.errors import UsageError

if TYPE_CHECKING:
    from argus.device.adapters.status import ReportingSource
    from argus.device.watching import Watcher

_USUAL_PORT = 8642


port_number = number(int, lambda port: 0 <= port <= 65535, "a port is a number up to 65535, or 0 for one that is free")
"""The type of the option, for argparse."""


def usual_port() -> int:
    """The same port each time, so that a page that is still open goes on; 0 where somebody has it."""
    return _USUAL_PORT if is_free(_USUAL_PORT) else 0


def is_free(port: int) -> bool:
    """Whether something could be served there."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


@contextmanager
def previewed(watcher: Watcher, source: ReportingSource, port: int | None) -> Iterator[None]:
    """Serves the page while the context lasts and says where; nothing when ``port`` is None.

    Raises:
        UsageError: it cannot be served there, or what serves it is not installed.
    """
    if port is None:
        yield
        return
    try:
        from argus.device.preview.feed import Feed
        from argus.device.preview.server import PreviewServer
        from argus.device.preview.web import Watched
    except ModuleNotFoundError as error:
        raise UsageError(f"the preview needs {error.name}: install argus with its extra `preview`") from error
    feed = Feed(source.status)
    watched = Watched(
        watcher.channel.camera_id, watcher.people.current.used.people, watcher.channel.pipeline.false_alarm_rate
    )
    with PreviewServer(feed, watched, port) as server:
        watcher.channel.pipeline.measures_all = lambda: feed.readers > 0
        watcher.channel.observers.append(feed)
        print_note(f"argus: preview at {server.address}")
        yield
