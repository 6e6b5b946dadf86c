"""``python -m tests.nucleus OPTIONS``: the double as a process of its own.

The options are one JSON object, see :class:`tests.nucleus.server.Options`. Its first line of output is the environment
for a component, as JSON; after that it answers commands, one line of JSON each: ``["silence", {"topic_filter": "*"}]``.
It ends when its input does, or when it is killed.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
from pathlib import Path

from tests.nucleus.server import Nucleus, Options


async def main(options: Options) -> None:
    """Serves until the input ends."""
    nucleus = Nucleus(options)
    server = await nucleus.start()
    loop, ended = asyncio.get_running_loop(), asyncio.Event()

    def say(document: object) -> None:
        print(json.dumps(document), flush=True)

    def obey(line: str) -> None:
        try:
            say({"result": nucleus.tell(*json.loads(line))})
        except (AssertionError, AttributeError, TypeError, ValueError) as error:
            say({"error": repr(error)})

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(obey, line)
        loop.call_soon_threadsafe(ended.set)

    say(nucleus.environment)
    threading.Thread(target=read, daemon=True).start()
    async with server:
        await ended.wait()


if __name__ == "__main__":
    given = json.loads(sys.argv[1])
    asyncio.run(main(Options(**{**given, "folder": Path(given["folder"])})))
