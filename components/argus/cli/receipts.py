"""Receipts of erasures, on paper and on the screen; and the question before."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from argus.cli.output import print_json, print_text, printable

if TYPE_CHECKING:
    from argus.core.receipt import Receipt


def check_receipt_place(path: Path | None) -> None:
    """Said before anything is erased.

    Raises:
        UsageError: a receipt cannot be written there.
    """
    from argus.core.errors import UsageError

    if path is None:
        return
    if path.exists():
        raise UsageError(f"{path} is there already: choose another name for the receipt")
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"nothing can be written to {path.parent}: choose another place for the receipt")


def write_receipt(path: Path | None, receipt: Receipt) -> None:
    """As JSON, whole or not at all; nothing where it shall be written nowhere."""
    from argus.core.receipt import receipt_record
    from argus.storage.folder import write_whole

    if path is not None:
        write_whole(path, (json.dumps(receipt_record(receipt), indent=2, ensure_ascii=False) + "\n").encode())


def tell_receipt(receipt: Receipt, *, as_json: bool) -> None:
    """On stdout."""
    from argus.core.receipt import receipt_record

    if as_json:
        print_json(receipt_record(receipt))
        return
    for line in _lines(receipt):
        print_text(line)


def _lines(receipt: Receipt) -> Iterator[str]:
    from argus.core.canonical import time_text

    if not any(receipt.removed.values()) and receipt.erased_before is not None:
        yield f"{receipt.person_id} was erased before, at {time_text(receipt.erased_before)}"
    elif not any(receipt.removed.values()):
        yield f"nothing of {receipt.person_id} was found: check the id"
    else:
        yield f"{receipt.person_id} is erased, {time_text(receipt.erased_at)}"
    for one in receipt.statements if receipt.issued else ():
        yield f"  {one.collection_id}: version {one.manifest_sha256[:12]}, number {one.sequence}"
    yield f"  removed: {_counts(receipt.removed)}"
    yield f"  verified: {'nothing of them was found again' if receipt.verified else 'no, something is left'}"
    for device in receipt.devices:
        seen = "" if device.seen_at is None else f", number {device.sequence} at {time_text(device.seen_at)}"
        yield f"  device {device.thing}: {device.state}{seen}"
    yield "what remains, and when it ends:"
    for remainder in receipt.remains:
        yield f"  {remainder.what}: {remainder.ends}"


def _counts(removed: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in removed.items())


class Shown:
    """Shows how far the work is; each kind of it from the start."""

    def __init__(self) -> None:
        from argus.cli.progress import Progress

        self._make = Progress
        self._shown: dict[str, Progress] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        if what not in self._shown:
            self._shown[what] = self._make(what)
        self._shown[what](done, total)


def agreed(question: str) -> bool:
    """Whether whoever sits at the terminal says yes.

    Raises:
        UsageError: nobody does.
    """
    from argus.core.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("there is nobody to ask whether to erase: say --yes")
    print(printable(question), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in {"y", "yes"}
