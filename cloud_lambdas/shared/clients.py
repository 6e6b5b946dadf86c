"""AWS's clients, each made when it is first asked for, with time-outs and bounded retries.

Where they connect to, and with which credentials and region, is boto3's own configuration: the local cloud sets
``AWS_ENDPOINT_URL`` or ``AWS_ENDPOINT_URL_<SERVICE>``.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import boto3.session
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

CONNECT_SECONDS, READ_SECONDS, ATTEMPTS = 3, 4, 2
"""For an answer to begin, and between its parts: what is large may take longer in all."""

REQUEST_SECONDS = (CONNECT_SECONDS + READ_SECONDS) * ATTEMPTS + 1
"""A request that gets no answer has failed by then; the last second is for the pause between its attempts. Functions
have more time than that, and can still say which of their records failed."""

_CONFIG = Config(
    connect_timeout=CONNECT_SECONDS,
    read_timeout=READ_SECONDS,
    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
)

_S3 = _CONFIG.merge(
    Config(signature_version="s3v4", s3={"addressing_style": "virtual", "us_east_1_regional_endpoint": "regional"})
)
"""For addresses that are handed out: left to itself, boto3 signs some regions' the old way, and begins all of them with
an address of S3's that sends whoever asks there on to the region, where the signature does not hold."""


class Clients:
    """The clients of one function.

    Args:
        iot_endpoint: where messages to devices are published, a host or a whole URL; empty: boto3's own choice.
    """

    def __init__(self, iot_endpoint: str = "") -> None:
        self._session = boto3.session.Session()
        self._iot_endpoint = iot_endpoint

    @cached_property
    def s3(self) -> S3Client:
        return self._session.client("s3", config=_S3)

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        return self._session.client("dynamodb", config=_CONFIG)

    @cached_property
    def sqs(self) -> SQSClient:
        return self._session.client("sqs", config=_CONFIG)

    @cached_property
    def sns(self) -> SNSClient:
        return self._session.client("sns", config=_CONFIG)

    @cached_property
    def kms(self) -> KMSClient:
        return self._session.client("kms", config=_CONFIG)

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        return self._session.client("secretsmanager", config=_CONFIG)

    @cached_property
    def iot_data(self) -> IoTDataPlaneClient:
        if not self._iot_endpoint:
            return self._session.client("iot-data", config=_CONFIG)
        url = self._iot_endpoint if "://" in self._iot_endpoint else f"https://{self._iot_endpoint}"
        return self._session.client("iot-data", config=_CONFIG, endpoint_url=url)
