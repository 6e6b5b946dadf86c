"""What works in the cloud, as a process that can be killed: ``python -m tests.end_to_end.works DEPLOYMENT``.

It prints a line when it works, and ends when its standard input does.
"""

from __future__ import annotations

import json
import pickle
import sys
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from cloud_lambdas.local.compose import working
from cloud_lambdas.local.provision import Stack
from cloud_lambdas.local.rights import Right
from cloud_lambdas.local.simulator import Aws
from cloud_lambdas.local.web import listen


@dataclass(frozen=True)
class Deployment:
    """Where everything is that outlasts the process.

    Attributes:
        address, own: of the imitation of AWS, and of what the local cloud serves itself, as the functions reach them.
        uses: a file to which a line is added of each right that a function uses: function, action, resource.
    """

    stack: Stack
    address: str
    own: str
    mqtt_port: int
    web_port: int
    uses: Path


class Noted:
    """Rights that are used; each is written once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: set[tuple[str, Right]] = set()
        self._lock = Lock()

    def note(self, function: str, right: Right) -> None:
        with self._lock:
            if (function, right) not in self._known:
                self._known.add((function, right))
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(json.dumps([function, *right]) + "\n")


def main() -> None:
    deployment: Deployment = pickle.loads(Path(sys.argv[1]).read_bytes())
    with listen(deployment.web_port) as listener:
        aws = Aws(deployment.address, deployment.own)
        noted = Noted(deployment.uses)
        with working(deployment.stack, aws, deployment.mqtt_port, listener, lambda sent: None, on_use=noted.note):
            print("works", flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
