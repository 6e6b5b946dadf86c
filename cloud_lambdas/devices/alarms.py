"""What is told to whoever operates the devices, in words and over SNS."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from cloud_lambdas.devices.device import Device, News, lagging
from cloud_lambdas.shared.dead_letters import printable

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient

_NAMED = 8
"""Cameras and collections that a message names; a thing has hardly more."""

_SUBJECTS = {
    ("silent", False): "a device is silent",
    ("silent", True): "a device is back",
    ("behind", False): "a device does not follow its collections",
    ("behind", True): "a device follows its collections again",
}


class AlarmsTopic:
    """The topic of alarms. SNS keeps no second message of the same text away."""

    def __init__(self, client: SNSClient, arn: str) -> None:
        self._client = client
        self._arn = arn

    def tell(self, device: Device, news: News) -> None:
        """Returns when SNS has it."""
        kind = f"{news.trouble}_over" if news.over else news.trouble
        self._client.publish(
            TopicArn=self._arn,
            Subject=f"Argus: {_SUBJECTS[news.trouble, news.over]}",
            Message=alarm_text(device, news),
            MessageAttributes={
                "kind": {"DataType": "String", "StringValue": kind},
                "thing": {"DataType": "String", "StringValue": device.thing},
            },
        )


def alarm_text(device: Device, news: News) -> str:
    """The news for people, one or two sentences."""
    who, since = _who(device), _moment(news.since)
    if news.trouble == "silent" and not news.over:
        promised = f" It had promised a word by {_moment(device.promised_until)}." if device.promised_until else ""
        return (
            f"{who} has not been heard of since {since}.{promised} Look after its power, its network and its program."
        )
    if news.trouble == "silent":
        now = "is back" if device.promised_until else "was back, and has ended in order since"
        return f"{who} {now}: it was heard of at {_moment(device.last_seen_at)}, after silence since {since}."
    if news.over:
        return f"{who} follows its collections again, which it had not done since {since}."
    behind = lagging(device.status) if device.status else []
    return f"{who} has not followed its collections since {since}: {_listed(behind)}."


def _who(device: Device) -> str:
    cameras = device.status.cameras if device.status else ()
    names = _listed([camera.id for camera in cameras])
    if not names:
        return f"Device {device.thing}"
    return f"Device {device.thing} ({'camera' if len(cameras) == 1 else 'cameras'} {names})"


def _listed(items: list[str]) -> str:
    """Ids and sentences are the device's own: they get neither long nor steer what shows them."""
    shown = [printable(item) for item in items[:_NAMED]]
    if len(items) > _NAMED:
        shown.append(f"{len(items) - _NAMED} more")
    return ", ".join(shown)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
