"""A server that accepts and never answers."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from botocore.config import Config

from cloud_lambdas.shared import clients


@contextmanager
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Its address, while the context lasts; the functions' clients that are made within give up soon."""
    soon = Config(connect_timeout=0.5, read_timeout=0.1)
    monkeypatch.setattr(clients, "_CONFIG", clients._CONFIG.merge(soon))
    monkeypatch.setattr(clients, "_S3", clients._S3.merge(soon))
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
