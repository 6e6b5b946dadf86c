"""What works in the cloud, as a process that can be killed: ``python -m tests.end_to_end.works DEPLOYMENT``.

It prints a line when it works, and ends when its standard input does.
"""

from __future__ import annotations

import pickle
import sys
from dataclasses import dataclass
from pathlib import Path

from cloud_lambdas.local.compose import working
from cloud_lambdas.local.provision import Stack
from cloud_lambdas.local.simulator import Aws
from cloud_lambdas.local.web import listen


@dataclass(frozen=True)
class Deployment:
    """Where everything is that outlasts the process.

    Attributes:
        address: of the imitation of AWS.
    """

    stack: Stack
    address: str
    mqtt_port: int
    web_port: int


def main() -> None:
    deployment: Deployment = pickle.loads(Path(sys.argv[1]).read_bytes())
    with listen(deployment.web_port) as listener:
        aws = Aws(deployment.address, f"http://127.0.0.1:{deployment.web_port}")
        with working(deployment.stack, aws, deployment.mqtt_port, listener, lambda sent: None):
            print("works", flush=True)
            sys.stdin.read()


if __name__ == "__main__":
    main()
