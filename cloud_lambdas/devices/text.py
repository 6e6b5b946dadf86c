"""What whoever operates the devices reads. Pure."""

from __future__ import annotations

from datetime import datetime

from cloud_lambdas.devices.device import Device, News, lagging
from cloud_lambdas.shared.words import shown

_NAMED, _LONGEST = 8, 256
"""Cameras and collections that a message names, and of each what it shows; a thing has hardly more."""

_SUBJECTS = {
    ("silent", False): "a device is silent",
    ("silent", True): "a device is back",
    ("behind", False): "a device does not follow its collections",
    ("behind", True): "a device follows its collections again",
}


def alarm_subject(news: News) -> str:
    """ASCII, one line."""
    return f"Argus: {_SUBJECTS[news.trouble, news.over]}"


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
    named = [shown(item, _LONGEST) for item in items[:_NAMED]]
    if len(items) > _NAMED:
        named.append(f"{len(items) - _NAMED} more")
    return ", ".join(named)


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
