"""Rules of EventBridge that call functions again and again."""

from __future__ import annotations

import re
import uuid
from datetime import datetime, timezone
from typing import Any

from argus.core.errors import UsageError
from cloud_lambdas.local.account import ACCOUNT, REGION
from cloud_lambdas.local.functions import LocalFunction
from cloud_lambdas.local.worker import Worker

_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_UNIT_SECONDS = {"minute": 60, "hour": 3600, "day": 86400}


def seconds_of(expression: str) -> int:
    """Of ``rate(1 minute)`` and the like; raises UsageError for any other schedule."""
    found = _RATE.fullmatch(expression)
    if found is None or int(found[1]) == 0:
        raise UsageError(f"the local cloud does not know the schedule {expression!r}: write it as rate(N minutes)")
    return int(found[1]) * _UNIT_SECONDS[found[2]]


class Schedule(Worker):
    """Calls a function every so many seconds, from the first interval's end on, on a thread of its own."""

    def __init__(self, arn: str, seconds: float, function: LocalFunction) -> None:
        self._arn, self._seconds, self._function = arn, seconds, function
        super().__init__(f"schedule {arn}")

    def _run(self) -> None:
        while not self._ending.wait(self._seconds):
            self._function.invoke(self._event()).exception()

    def _event(self) -> dict[str, Any]:
        return {
            "version": "0",
            "id": str(uuid.uuid4()),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": ACCOUNT,
            "time": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": REGION,
            "resources": [self._arn],
            "detail": {},
        }
