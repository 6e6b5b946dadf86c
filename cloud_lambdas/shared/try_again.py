"""What failed comes again soon, and later each time; left to itself the queue would wait for its whole time-out.

That time-out has to be six times as long as the function may take, which is many minutes for one error in passing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

FIRST_SECONDS = 30
"""After the first try; twice as long after each further one."""

LONGEST_SECONDS = 900

_A_TIME = 10
"""Messages that SQS takes at once."""

_LOG = logging.getLogger(__name__)


class TryAgain:
    """Says when messages of one queue come again. Needs sqs:ChangeMessageVisibility."""

    def __init__(self, client: SQSClient, url: str) -> None:
        self._client = client
        self._url = url

    def soon(self, records: Sequence[Mapping[str, Any]]) -> None:
        """Of these, as Lambda gave them to the function; where SQS fails as well, the time-out holds."""
        try:
            for start in range(0, len(records), _A_TIME):
                self._client.change_message_visibility_batch(
                    QueueUrl=self._url,
                    Entries=[
                        {
                            "Id": str(number),
                            "ReceiptHandle": record["receiptHandle"],
                            "VisibilityTimeout": pause_seconds(int(record["attributes"]["ApproximateReceiveCount"])),
                        }
                        for number, record in enumerate(records[start : start + _A_TIME])
                    ],
                )
        except (BotoCoreError, ClientError) as error:
            _LOG.warning("messages that failed come again only after the queue's time-out: %s", error)


def pause_seconds(received: int) -> int:
    """Before a message is tried again that was received so often."""
    return min(LONGEST_SECONDS, FIRST_SECONDS << min(received - 1, 10))
