"""The functions' clients, led to the imitation of AWS whatever the process's own environment says."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from cloud_lambdas.local.resources import ClientOf
from cloud_lambdas.shared.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_iot_data import IoTDataPlaneClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


class LocalClients(Clients):
    """What :func:`create` of each function is given."""

    def __init__(self, client: ClientOf) -> None:
        self._client = client

    @cached_property
    def s3(self) -> S3Client:
        made: S3Client = self._client("s3")
        return made

    @cached_property
    def dynamodb(self) -> DynamoDBClient:
        made: DynamoDBClient = self._client("dynamodb")
        return made

    @cached_property
    def sqs(self) -> SQSClient:
        made: SQSClient = self._client("sqs")
        return made

    @cached_property
    def sns(self) -> SNSClient:
        made: SNSClient = self._client("sns")
        return made

    @cached_property
    def kms(self) -> KMSClient:
        made: KMSClient = self._client("kms")
        return made

    @cached_property
    def secrets(self) -> SecretsManagerClient:
        made: SecretsManagerClient = self._client("secretsmanager")
        return made

    @cached_property
    def iot_data(self) -> IoTDataPlaneClient:
        made: IoTDataPlaneClient = self._client("iot-data")
        return made
