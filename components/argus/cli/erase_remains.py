"""What an erasure cannot reach, and when each of it ends: said of the code as it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from argus.core.canonical import time_text
from argus.core.receipt import Device, Remainder
from argus.storage.erasing import Left


def remains_of(
    left: Sequence[Left],
    devices: Sequence[Device],
    settings: Mapping[str, Mapping[str, str]],
    *,
    photos: str | None,
) -> tuple[Remainder, ...]:
    """Everything that may still hold something of the person, what is certain first.

    Args:
        left: what the places refused to remove.
        settings: place -> what it says of copies that it may keep.
        photos: the place that was looked into for photos.
    """
    return (
        *(_locked(one) for one in left),
        *_on_devices(devices),
        *(_copies(place, found) for place, found in settings.items()),
        *_elsewhere(photos),
    )


def _locked(left: Left) -> Remainder:
    what = f"{left.place}/{left.version.key}"
    if left.version.version_id:
        what += f" version {left.version.version_id}"
    if left.until is not None:
        return Remainder(what, f"locked until {time_text(left.until)}: erase again after that", left.until)
    return Remainder(what, "when it is deleted: lift its lock or give s3:DeleteObjectVersion, then erase again")


def _on_devices(devices: Sequence[Device]) -> Iterator[Remainder]:
    for one in devices:
        if one.state == "confirmed":
            continue
        seen = "what it said cannot be read" if one.seen_at is None else f"last seen {time_text(one.seen_at)}"
        yield Remainder(
            f"the copy on device {one.thing} ({seen})",
            "with its next sync; offline it keeps the copy without an end, even after the version's expiry",
        )
    yield Remainder(
        "copies on devices that confirm nothing", "with their next sync; offline they are kept without an end"
    )
    yield Remainder(
        "devices' records of visits", "after the days of --keep-records there, 7 unless it was set; on a device that "
        "runs, or with `argus people erase` there",
    )  # fmt: skip


def _copies(place: str, settings: Mapping[str, str]) -> Remainder:
    if not settings:
        return Remainder(f"backups and snapshots of the disk of {place}", "as whoever makes them decides")
    known = ", ".join(f"{name}: {value}" for name, value in settings.items())
    return Remainder(
        f"replicas and backups of {place} ({known})",
        "as the bucket's owner decides; replicas keep versions that are deleted by their id, and what AWS Backup holds "
        "was not looked at",
    )


def _elsewhere(photos: str | None) -> Iterator[Remainder]:
    if photos is None:
        yield Remainder("the photos that were enrolled", "when you delete them: --photos names their place")
    else:
        yield Remainder(f"photos that lie elsewhere than in {photos}", "when you delete them")
    yield Remainder("files of `argus collection export`", "when you delete them; devices refuse what they hold")
    yield Remainder("events that were sent, films, pages and logs", "as whoever received them decides")
