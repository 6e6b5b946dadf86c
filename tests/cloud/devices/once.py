"""The function for one event in a process of its own: ``python -m tests.cloud.devices.once < event.json``."""

from __future__ import annotations

import json
import sys

from cloud_lambdas.devices.handler import handler

if __name__ == "__main__":
    json.dump(handler(json.load(sys.stdin), None), sys.stdout)
