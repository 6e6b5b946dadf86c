"""Commands over AWS IoT."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from argus.core.topics import command

if TYPE_CHECKING:
    from mypy_boto3_iot_data import IoTDataPlaneClient


class CommandTopics:
    """Publishes to one device; AWS IoT keeps it for a device with a lasting session that is away."""

    def __init__(self, client: IoTDataPlaneClient) -> None:
        self._client = client

    def publish(self, thing: str, name: str, payload: bytes) -> str | None:
        """None when AWS IoT has it; else why not, one sentence."""
        try:
            self._client.publish(topic=command(thing, name), qos=1, payload=payload)
        except (BotoCoreError, ClientError) as error:
            return f"AWS IoT did not take it: {error}"
        return None
