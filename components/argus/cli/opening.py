"""The collection that a command names: its options, and what they open. No command opens one in another way."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from argus.cli.keys import add_trust_option, signers, trust
from argus.cli.parsers import add_collection_option

if TYPE_CHECKING:
    from argus.core.ports import BlobStore, Signer
    from argus.core.trust import TrustPolicy
    from argus.storage.repository import CollectionRepository


def add_read_options(
    parser: argparse.ArgumentParser, purpose: str = "where `argus enrol` put it", *, required: bool = True
) -> None:
    """``--collection`` and ``--trust``, for commands that read a collection."""
    add_collection_option(parser, purpose, required=required)
    add_trust_option(parser)


def believed(arguments: argparse.Namespace) -> TrustPolicy | None:
    """What ``--trust`` asks of a collection; see :func:`argus.cli.keys.trust`."""
    from argus.device.adapters.clock import SystemClock

    return trust(arguments, SystemClock().now)


def opened_store(place: str) -> BlobStore:
    """The store at ``place``, which shows how far it is when it takes long.

    Raises:
        UsageError, CollectionError: see :func:`argus.storage.open_store.open_store`.
    """
    from argus.cli.counted_store import CountedStore
    from argus.storage.open_store import open_store

    return CountedStore(open_store(place))


def opened(
    arguments: argparse.Namespace,
    place: str | None = None,
    *,
    changes: bool = False,
    collection_id: str | None = None,
    model_id: str | None = None,
) -> CollectionRepository:
    """The collection of ``--collection``, believed as ``--trust`` says; nothing of it is read yet.

    Args:
        place: another one than that of ``--collection``.
        changes: it is to be changed, and signed with the keys of ``--sign-with``.
        collection_id: what a new one is called; otherwise as its place is.
        model_id: the model that it is of; otherwise the one that recognises.

    Raises:
        UsageError, CollectionError: see :func:`argus.storage.open_store.open_store`; or it is a copy, and is to be
            changed.
        SigningError: a key cannot be used.
    """
    where = arguments.collection if place is None else place
    if changes:
        check_no_copy(where)
    return open_at(
        where,
        collection_id=collection_id,
        model_id=model_id,
        signers=signers(arguments) if changes else (),
        trust=believed(arguments),
    )


def check_no_copy(place: str) -> None:
    """Refuses to change what follows another collection, for the next sync would undo it.

    Raises:
        UsageError: it does.
    """
    from argus.core.errors import UsageError
    from argus.device.sync.compose import is_copy

    if is_copy(place):
        raise UsageError(f"{place} is a copy of another collection: name that one with --collection")


def open_at(
    place: str,
    *,
    collection_id: str | None = None,
    model_id: str | None = None,
    signers: Sequence[Signer] = (),
    trust: TrustPolicy | None = None,
) -> CollectionRepository:
    """As :func:`opened`, where it was not the command line that named the place."""
    from argus.core.types import MIRROR_MODEL_ID
    from argus.device.adapters.clock import SystemClock
    from argus.storage.open_store import collection_id_at
    from argus.storage.repository import CollectionRepository

    return CollectionRepository(
        opened_store(place),
        collection_id or collection_id_at(place),
        SystemClock().now,
        model_id or MIRROR_MODEL_ID,
        signers=signers,
        trust=trust,
    )
