"""``scripts/bench kills``: a device is killed at random while it syncs; what does it start with?"""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import random
import tempfile
import time
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

import numpy as np

from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.errors import ArgusError
from argus.core.trust import TrustPolicy
from argus.core.types import EMBEDDING_SIZE, Person
from argus.device.sync.collection_sync import CollectionSync
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository
from scripts.benchmarks.measure import table

NOW = datetime(2024, 1, 1, tzinfo=timezone.utc)
PEOPLE = 12
LEFT_ALONE = 3
"""Updates that nobody interrupts, to learn how long one takes; not counting the first, which fetches everything."""

LEFT_ALONE_BETWEEN = 0.5
"""After so many of the kills the next update may end; otherwise the next kill meets what this one left."""


@dataclass(frozen=True)
class Survived:
    """What was found after each kill.

    Attributes:
        interrupted: how many kills hit an update that had begun and was not done.
        quickest_ms: of updates that nobody interrupted; a kill comes at random within that time.
        whole: how often the device had one whole version, by its own disk alone.
        nothing: how often it had none, as before its first sync was done.
        damaged, went_back: how often it had something else, or an older version than before. Neither may happen.
        versions: how many versions came by.
    """

    kills: int
    interrupted: int
    quickest_ms: float
    whole: int
    nothing: int
    damaged: int
    went_back: int
    versions: int


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "kills",
        help="a device is killed at random while it syncs a collection that changes all the time",
        description=(
            "A process follows a collection that has changed; it is killed (SIGKILL) at a random moment of that.\n"
            "Then the disk is read, every hash of it checked, and the next process goes on from there."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="how many (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with tempfile.TemporaryDirectory(prefix="argus-bench-") as folder:
        found = kill_at_random(Path(folder), arguments.kills, seed=1)
    if arguments.json:
        print(json.dumps(asdict(found)))
    else:
        print(table(["after a kill", ""], [[name, str(value)] for name, value in asdict(found).items()]))
    return 1 if found.damaged or found.went_back else 0


def kill_at_random(folder: Path, kills: int, seed: int) -> Survived:
    """Kills ``kills`` processes during their updates; everything lies below ``folder``."""
    remote, local = folder / "remote", folder / "local"
    source = repository(remote)
    source.update(lambda old: type(old).of(made_up(f"person-{number}") for number in range(PEOPLE)))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([__name__])

    def begun(copy: Path) -> tuple[BaseProcess, Connection]:
        """A process that has begun an update of the copy, and says when it has ended."""
        source.update(next_version)
        said, say = context.Pipe(duplex=False)
        process = context.Process(target=follow, args=(remote, copy, say))
        process.start()
        say.close()
        said.recv()
        return process, said

    def seconds_left_alone(copy: Path) -> float:
        process, said = begun(copy)
        since = time.perf_counter()
        said.recv()
        passed = time.perf_counter() - since
        process.join()
        return passed

    quickest = min([seconds_left_alone(folder / "left alone") for _ in range(LEFT_ALONE + 1)][1:])
    pauses = random.Random(seed)
    interrupted = whole = nothing = damaged = went_back = last = 0
    for _ in range(kills):
        process, said = begun(local)
        time.sleep(pauses.uniform(0, quickest))
        process.kill()
        process.join()
        try:
            said.recv()
        except EOFError:
            interrupted += 1
        sync = following(folder / "nowhere", local)
        sync.open()
        sequence = sync.snapshot.head.statement.sequence if sync.snapshot else 0
        nothing += sync.snapshot is None and sync.status.last_error is None
        whole += sync.snapshot is not None and sync.status.last_error is None
        damaged += sync.status.last_error is not None
        went_back += sequence < last
        last = sequence
        if pauses.random() < LEFT_ALONE_BETWEEN:
            seconds_left_alone(local)
            last = repository(remote).load().head.statement.sequence
    versions = repository(remote).load().head.statement.sequence
    return Survived(kills, interrupted, round(quickest * 1000, 1), whole, nothing, damaged, went_back, versions)


def follow(remote: Path, local: Path, say: Connection) -> None:
    """A device that starts, says that it begins, follows, and says that it is done."""
    sync = following(remote, local)
    sync.open()
    say.send("begun")
    sync.poll()
    if sync.status.last_error is not None:
        raise ArgusError(sync.status.last_error)
    say.send("done")


def next_version(old: Collection) -> Collection:
    """Somebody comes, somebody has another photo, somebody leaves."""
    number = sum(len(one.faces) for one in old.people)
    changed = old.find(f"person-{number % PEOPLE}")
    assert changed is not None
    extra = made_up(changed.person.id, f"{number}")
    came = made_up(f"new-{number}")
    return old.with_faces(changed.person, extra.faces).with_person(came).without_person(f"new-{number - 6}")


def repository(remote: Path) -> CollectionRepository:
    return CollectionRepository(FolderStore(remote), "bench", lambda: NOW)


def following(remote: Path, local: Path) -> CollectionSync:
    trust = TrustPolicy((), lambda: NOW)
    return CollectionSync("the source", FolderStore(remote), FolderStore(local), trust=trust, now=lambda: NOW)


def made_up(person_id: str, photo: str = "") -> Enrolled:
    """Somebody with one face."""
    face_id = hashlib.sha256(f"{person_id}/{photo}".encode()).hexdigest()
    vector = np.random.default_rng(int(face_id[:8], 16)).normal(0, 0.1, EMBEDDING_SIZE).astype(np.float32)
    return Enrolled.of(Person(person_id, person_id.title()), [EnrolledFace(face_id, vector)])
