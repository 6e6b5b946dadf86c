"""What devices confirm, in each place that a collection may be in."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timezone

from argus.core.confirmation import Confirmation, encode_confirmation
from argus.storage.confirmations import read_confirmations, write_confirmation
from argus.storage.open_store import open_store

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
DOOR = Confirmation("door-1", "staff", 7, "ab" * 32, "a-model", NOW)


def test_the_last_word_of_each_device(place: str) -> None:
    store = open_store(place)
    assert read_confirmations(store, "staff") == {}
    gate = replace(DOOR, thing="gate:2", sequence=6)
    for confirmation in (DOOR, gate, replace(DOOR, sequence=8)):
        write_confirmation(store, confirmation)
    assert read_confirmations(store, "staff") == {"door-1": replace(DOOR, sequence=8), "gate:2": gate}


def test_what_cannot_be_believed_is_of_a_device_nevertheless(place: str) -> None:
    """It must not pass for a confirmation, nor for a device that is not there."""
    store = open_store(place)
    store.put("devices/broken.json", b"{}")
    store.put("devices/elsewhere.json", encode_confirmation(replace(DOOR, thing="elsewhere", collection_id="other")))
    store.put("devices/liar.json", encode_confirmation(DOOR))
    assert read_confirmations(store, "staff") == {"broken": None, "elsewhere": None, "liar": None}
