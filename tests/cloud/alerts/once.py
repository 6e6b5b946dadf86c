"""The function for one batch in a process of its own: ``python -m tests.cloud.alerts.once < batch.json``."""

from __future__ import annotations

import json
import sys

from cloud_lambdas.alerts.handler import handler

if __name__ == "__main__":
    json.dump(handler(json.load(sys.stdin), None), sys.stdout)
