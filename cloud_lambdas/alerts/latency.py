"""How long it takes from the capture of a picture to an alert about it: a metric of CloudWatch.

It is a line of the log in CloudWatch's embedded metric format, which needs no right and no request.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TextIO

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

NAMESPACE, SERVICE, METRIC = "Argus", "alerts", "CaptureToAlert"


class LatencyMetric:
    """Writes to ``out``, which is the function's log."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def tell(self, latencies_ms: Iterable[int]) -> None:
        """The latencies of a batch; p50, p95 and the like are made of them by CloudWatch."""
        metrics = EphemeralMetrics(namespace=NAMESPACE, service=SERVICE)
        for latency_ms in latencies_ms:
            metrics.add_metric(METRIC, MetricUnit.Milliseconds, latency_ms)
        if metrics.metric_set:
            self._out.write(json.dumps(metrics.serialize_metric_set()) + "\n")
            self._out.flush()
