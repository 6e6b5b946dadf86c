"""The imitation of AWS: moto's server in a process of its own on 127.0.0.1, and clients for it.

It asks for no credentials, checks no rights, and keeps everything in memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any

from botocore.config import Config

from argus.core.errors import UsageError
from cloud_lambdas.local.account import REGION, local_session

_CONFIG = Config(connect_timeout=3, read_timeout=30, retries={"total_max_attempts": 2}, max_pool_connections=50)


_OWN = ("cloudformation", "iot-data", "lambda")


class Aws:
    """Clients of the imitation.

    Args:
        address: of all services but those below.
        own: address of those that the local cloud serves itself: CloudFormation, AWS IoT's data plane, calls of
            functions.

    Attributes:
        environment: what leads boto3 and the AWS CLI there.
    """

    def __init__(self, address: str, own: str) -> None:
        self._address, self._own = address, own
        self._session = local_session()
        self._made: dict[str, Any] = {}
        self._lock = Lock()
        self.environment = {
            "AWS_ENDPOINT_URL": address,
            "AWS_ENDPOINT_URL_CLOUDFORMATION": own,
            "AWS_ENDPOINT_URL_IOT_DATA_PLANE": own,
            "AWS_ENDPOINT_URL_LAMBDA": own,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def client(self, service: str) -> Any:
        """A client for several threads at once; whatever the process's own environment says."""
        with self._lock:
            if service not in self._made:
                self._made[service] = self._make(service)
            return self._made[service]

    def own_client(self, service: str) -> Any:
        """One more, for whoever looks after what it is asked for."""
        with self._lock:
            return self._make(service)

    def _make(self, service: str) -> Any:
        address = self._own if service in _OWN else self._address
        make: Any = self._session.client
        return make(service, endpoint_url=address, config=_CONFIG)


@contextmanager
def simulator(port: int = 0) -> Iterator[str]:
    """Runs it; gives its address.

    Raises:
        UsageError: it does not start.
    """
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "cloud_lambdas.local.moto_program", str(port)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        start_new_session=True,  # Ctrl-C is for whoever started it, who still needs it
    ) as server:
        assert server.stdout is not None
        try:
            line = server.stdout.readline()
            if not line:
                raise UsageError(
                    "the imitation of AWS does not start: install the extra 'local', and choose a port that is free"
                )
            yield f"http://127.0.0.1:{int(line)}"
        finally:
            server.kill()
