"""A collection that moves to another model, with vectors that nobody computed."""

from __future__ import annotations

import os
from datetime import datetime, timezone
from pathlib import Path

from argus.core.collection import Enrolled, EnrolledFace
from argus.core.moving import wanted_faces
from argus.core.ports import BlobStore, Signer
from argus.core.trust import TrustPolicy
from argus.core.types import MIRROR_MODEL_ID, PLAIN_MODEL_ID, Person, Vector
from argus.storage.failpoints import VARIABLE
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository
from argus.storage.upgrading import Upgrade
from tests.made_up import face_id, vector

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)


def plain(person_id: str, faces: int = 2, name: str | None = None) -> Enrolled:
    """Somebody as the old model sees them."""
    person = Person(person_id, name or person_id.title())
    seeds = [f"{person_id}/{number}" for number in range(faces)]
    return Enrolled.of(person, [EnrolledFace(face_id(seed), vector(seed)) for seed in seeds], PLAIN_MODEL_ID)


def anew(id_: str) -> Vector:
    """The vector of a face as the new model sees it."""
    return vector(f"anew/{id_}")


def repository(store: BlobStore, model_id: str, *signers: Signer) -> CollectionRepository:
    return CollectionRepository(store, "staff", lambda: NOW, model_id, signers=signers)


def old(store: BlobStore) -> CollectionRepository:
    return repository(store, PLAIN_MODEL_ID)


def new(store: BlobStore) -> CollectionRepository:
    return repository(store, MIRROR_MODEL_ID)


def upgrade_of(store: BlobStore, *signers: Signer, trust: TrustPolicy | None = None) -> Upgrade:
    return Upgrade(store, lambda: NOW, signers=signers, trust=trust)


def carry(upgrade: Upgrade) -> list[str]:
    """One run; the ids of the faces that were made."""
    beside = upgrade.beside()
    vectors = upgrade.made(beside)
    wanted = [one for one in wanted_faces(beside.carried, beside.old.collection) if one.face_id not in vectors]
    made = [(one, anew(one.face_id)) for one in wanted]
    upgrade.keep(made[:1])
    upgrade.keep(made[1:])
    upgrade.complete(beside, {**vectors, **{one.face_id: made_vector for one, made_vector in made}})
    return [one.face_id for one in wanted]


def names(repo: CollectionRepository) -> list[str]:
    return [one.person.id for one in repo.load().collection.people]


def act(folder: Path, action: str, failpoint: str) -> None:
    """One step of the command, in a process of its own."""
    if failpoint:
        os.environ[VARIABLE] = failpoint
    upgrade = upgrade_of(FolderStore(folder))
    if action == "carry":
        carry(upgrade)
    elif action == "finish":
        upgrade.finish()
    else:
        upgrade.abandon()
