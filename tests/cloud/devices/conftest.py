"""What the tests of devices share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cloud.data_plane import data_plane
from tests.cloud.devices.world import World, make_world


@pytest.fixture
def world(aws: str) -> Iterator[World]:
    """The function with everything that it needs."""
    with data_plane() as devices:
        yield make_world(devices)
