"""What this device is called, where it speaks for itself."""

from __future__ import annotations

import os
import re
import socket

VARIABLE = "AWS_IOT_THING_NAME"
"""Greengrass sets it for its components."""


def default_thing() -> str:
    """The name of the AWS IoT thing, else that of the host, as far as it may stand in a topic."""
    name = os.environ.get(VARIABLE) or socket.gethostname()
    return re.sub("[^a-zA-Z0-9:_-]+", "-", name).strip("-")[:128] or "device"
