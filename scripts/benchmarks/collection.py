"""``scripts/bench collection``: what it costs a device to follow, load and search a collection."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.errors import UsageError
from argus.core.matching import Gallery
from argus.core.ports import Unchanged
from argus.core.trust import TrustPolicy
from argus.core.types import EMBEDDING_SIZE, Person, Template
from argus.device.sync.collection_sync import CollectionSync
from argus.device.sync.people_sync import PeopleSync
from argus.enrolment.compose import photo_analyser
from argus.evaluation.pictures import pictures_of_strangers, read_album
from argus.storage.folder import FolderStore
from argus.storage.repository import CollectionRepository
from argus.vision.calibration_file import load_calibration
from argus.vision.model_store import ModelStore
from scripts.benchmarks.measure import table

T = TypeVar("T")
P = ParamSpec("P")

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2024, 1, 1, tzinfo=timezone.utc)
SIZES = (100, 2_000, 100_000)
PERTURBED = 0.8
"""Of an invented vector this share (of its standard deviation) is drawn at random, with the covariance of real ones;
the rest is a real one. So two that are made of the same real one lie about as far apart as strangers."""

PROBES = 32
TOP = 5


@dataclass(frozen=True)
class Figures:
    """One size.

    Attributes:
        whole_bytes, whole_seconds: of the first sync, disk and gallery included, the network's own time not.
        one_bytes, one_seconds: after one person was added.
        load_seconds: from the disk to a gallery, after a restart.
        one_query_ms, many_queries_ms: for 1 and for 32 probes, the five nearest people each; medians.
        exact: whether people, their order and distances (to 1e-9) are those of comparing all in float64.
        resident_mb: of the process with the gallery, of which ``libraries_mb`` before anything was loaded;
            ``peak_mb`` at most while loading.
    """

    people: int
    whole_bytes: int
    whole_seconds: float
    one_bytes: int
    one_seconds: float
    load_seconds: float
    one_query_ms: float
    many_queries_ms: float
    exact: bool
    libraries_mb: float
    resident_mb: float
    peak_mb: float


def add_parser(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    parser = commands.add_parser(
        "collection",
        help="what it costs a device to follow, load and search a collection",
        description=(
            "Made-up people: vectors of lfw-dev's strangers, perturbed at random with those vectors' own\n"
            "covariance; one photo each. The source is a folder that counts what is read, so the network's own time\n"
            "is not in it."
        ),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--data", type=Path, default=Path(os.environ.get("ARGUS_DATA", ROOT.parent / "shared" / "data"))
    )
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="numbers of people (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    pictures = arguments.data / "lfw-dev" / "strangers"
    if not pictures.is_dir():
        raise UsageError(f"{pictures} is missing: say with --data where the pictures are")
    found = []
    with tempfile.TemporaryDirectory(prefix="argus-bench-") as folder:
        real = Path(folder, "real.npy")
        in_a_process(embed, pictures, real)
        for people in (int(size) for size in arguments.sizes.split(",")):
            figures = measure(Path(folder, str(people)), real, people)
            found.append(figures)
            if arguments.json:
                print(json.dumps(asdict(figures)), flush=True)
    if not arguments.json:
        print(table(["people", *(f"{one.people:,}" for one in found)], rows(found)))
    return 0


def rows(found: list[Figures]) -> list[list[str]]:
    cells = {
        "first sync, MB": [f"{one.whole_bytes / 1e6:.1f}" for one in found],
        "first sync, s": [f"{one.whole_seconds:.2f}" for one in found],
        "one person added, kB": [f"{one.one_bytes / 1e3:.0f}" for one in found],
        "of all bytes": [f"{one.one_bytes / one.whole_bytes:.2%}" for one in found],
        "one person added, s": [f"{one.one_seconds:.2f}" for one in found],
        "load from disk, s": [f"{one.load_seconds:.2f}" for one in found],
        "1 query, ms": [f"{one.one_query_ms:.2f}" for one in found],
        f"{PROBES} queries, ms": [f"{one.many_queries_ms:.1f}" for one in found],
        "as brute force in float64": ["yes" if one.exact else "NO" for one in found],
        "memory before, MB": [f"{one.libraries_mb:.0f}" for one in found],
        "memory loaded, MB": [f"{one.resident_mb:.0f}" for one in found],
        "memory at most, MB": [f"{one.peak_mb:.0f}" for one in found],
    }
    return [[name, *values] for name, values in cells.items()]


def measure(folder: Path, real: Path, people: int) -> Figures:
    """Each step in a process of its own, so that what one leaves in memory is not counted in another."""
    in_a_process(write, folder, real, people)
    followed = in_a_process(follow, folder, real)
    loaded = in_a_process(load_and_search, folder, real)
    return Figures(people, **followed, **loaded)


def in_a_process(task: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(task, *arguments, **named).result()


def embed(pictures: Path, out: Path) -> None:
    album = read_album(pictures_of_strangers(pictures), photo_analyser(), workers=2, seen=set())
    np.save(out, np.stack([sitter.vectors[0] for sitter in album.sitters]))


def invented(real: Path, count: int, seed: int) -> NDArray[np.float32]:
    """``(count, 128)`` vectors; see :data:`PERTURBED`."""
    vectors = np.load(real).astype(np.float64)
    random, centre = np.random.default_rng(seed), vectors.mean(axis=0)
    spread = np.linalg.cholesky(np.cov(vectors.T) + 1e-9 * np.eye(EMBEDDING_SIZE))
    chosen = vectors[random.integers(len(vectors), size=count)] - centre
    drawn = random.normal(size=(count, EMBEDDING_SIZE)) @ spread.T
    made: NDArray[np.float32] = (centre + np.sqrt(1 - PERTURBED**2) * chosen + PERTURBED * drawn).astype(np.float32)
    return made


def person(number: int, vector: NDArray[np.float32]) -> Enrolled:
    id_ = f"person-{number:06}"
    return Enrolled.of(Person(id_, f"Person {number}"), [EnrolledFace(sha256(id_.encode()).hexdigest(), vector)])


def repository(folder: Path) -> CollectionRepository:
    return CollectionRepository(FolderStore(folder / "remote"), "bench", lambda: NOW)


def write(folder: Path, real: Path, people: int) -> None:
    everybody = [person(number, vector) for number, vector in enumerate(invented(real, people, seed=1))]
    repository(folder).update(lambda _: Collection.of(everybody))


def add_one(folder: Path, real: Path) -> None:
    one = person(999_999, invented(real, 1, seed=2)[0])
    repository(folder).update(lambda old: old.with_person(one))


class CountingStore(FolderStore):
    """A folder that counts the bytes that are read."""

    bytes_read = 0

    def get(self, key: str) -> tuple[bytes, str] | None:
        found = super().get(key)
        self.bytes_read += len(found[0]) if found else 0
        return found

    def get_unless(self, key: str, tag: str) -> tuple[bytes, str] | Unchanged | None:
        before = self.bytes_read
        found = super().get_unless(key, tag)
        if isinstance(found, Unchanged):
            self.bytes_read = before
        return found


def people_sync(folder: Path, remote: FolderStore) -> PeopleSync:
    local = FolderStore(folder / "local")
    sync = CollectionSync("bench", remote, local, trust=TrustPolicy((), lambda: NOW), now=lambda: NOW)
    return PeopleSync([sync], load_calibration(ModelStore()), interval_seconds=60)


def follow(folder: Path, real: Path) -> dict[str, Any]:
    """The first sync, and one after somebody was added."""
    remote = CountingStore(folder / "remote")
    sync = people_sync(folder, remote)
    began = time.perf_counter()
    sync.open()
    whole_seconds, whole_bytes = time.perf_counter() - began, remote.bytes_read
    in_a_process(add_one, folder, real)
    remote.bytes_read = 0
    before = len(sync.holder.current.gallery)
    began = time.perf_counter()
    sync.poll()
    one_seconds = time.perf_counter() - began
    if len(sync.holder.current.gallery) != before + 1:
        raise UsageError(f"the device does not follow: {sync.statuses[0].last_error}")
    return {
        "whole_bytes": whole_bytes,
        "whole_seconds": whole_seconds,
        "one_bytes": remote.bytes_read,
        "one_seconds": one_seconds,
    }


def load_and_search(folder: Path, real: Path) -> dict[str, Any]:
    """A restart without the network, and searches."""
    sync = people_sync(folder, FolderStore(folder / "nowhere"))
    libraries_mb = resident_mb()
    began = time.perf_counter()
    sync.open()
    load_seconds = time.perf_counter() - began
    gallery = sync.holder.current.gallery
    loaded_mb, peak_mb = resident_mb(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    probes = [Template(vector, 1) for vector in invented(real, PROBES, seed=3)]
    rate = gallery.strictness(0.01).pair_rate
    times = []
    for probe in probes * 3:
        began = time.perf_counter()
        gallery.rank(probe, rate, TOP)
        times.append(time.perf_counter() - began)
    turns = np.array(times).reshape(3, PROBES).sum(axis=1)
    return {
        "load_seconds": load_seconds,
        "one_query_ms": 1000 * float(np.median(times)),
        "many_queries_ms": 1000 * float(np.median(turns)),
        "exact": is_exact(gallery, folder, probes, rate),
        "libraries_mb": libraries_mb,
        "resident_mb": loaded_mb,
        "peak_mb": peak_mb,
    }


def is_exact(gallery: Gallery, folder: Path, probes: list[Template], rate: float) -> bool:
    """Whether ``rank`` says the same as comparing with everybody in float64."""
    people = repository(folder).load().collection.people
    vectors = np.stack([one.template.vector for one in people]).astype(np.float64)
    crowding = gallery.calibration.crowding.estimate(vectors)
    thresholds = {one.person.id: one.threshold for one in gallery.rank(probes[0], rate, len(people))}
    limits = np.array([thresholds[one.person.id] for one in people])
    for probe in probes:
        own = gallery.calibration.crowding.estimate(probe.vector[np.newaxis])[0]
        distances = np.linalg.norm(vectors - probe.vector.astype(np.float64), axis=1)
        excess = distances - (crowding + own) / 2 - limits
        nearest = np.argsort(excess)[:TOP]
        found = gallery.rank(probe, rate, TOP)
        if [one.person.id for one in found] != [people[index].person.id for index in nearest]:
            return False
        if not np.allclose([one.distance for one in found], distances[nearest], rtol=0, atol=1e-9):
            return False
    return True


def resident_mb() -> float:
    """Of this process, now."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
