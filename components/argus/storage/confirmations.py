"""What the devices that follow a collection say that they use: one small object a device, beside the collection."""

from __future__ import annotations

from argus.core.confirmation import Confirmation, decode_confirmation, encode_confirmation
from argus.core.errors import CollectionDamaged
from argus.core.ports import BlobStore

DEVICES_PREFIX, _SUFFIX = "devices/", ".json"


def write_confirmation(store: BlobStore, confirmation: Confirmation) -> None:
    """Replaces what that device said before.

    Raises:
        CollectionError: the place cannot be written to.
    """
    store.put(f"{DEVICES_PREFIX}{confirmation.thing}{_SUFFIX}", encode_confirmation(confirmation))


def read_confirmations(store: BlobStore, collection_id: str) -> dict[str, Confirmation | None]:
    """Thing -> what it said last; None where that cannot be read, or is of another thing or collection."""
    found: dict[str, Confirmation | None] = {}
    for key in store.keys(DEVICES_PREFIX):
        thing = key.removeprefix(DEVICES_PREFIX).removesuffix(_SUFFIX)
        blob = store.get(key)
        if blob is None:
            continue
        try:
            confirmation = decode_confirmation(blob[0])
        except CollectionDamaged:
            found[thing] = None
            continue
        theirs = (confirmation.thing, confirmation.collection_id) == (thing, collection_id)
        found[thing] = confirmation if theirs else None
    return found
