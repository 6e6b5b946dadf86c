"""The bytes of a collection: they come back as they were, they never change by accident, and damage is named."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from argus.core.buckets import decode_bucket, encode_bucket
from argus.core.collection import Collection, Enrolled, EnrolledFace
from argus.core.errors import CollectionDamaged
from argus.core.head import Head, Signature, Statement, decode_head, encode_head
from argus.core.manifest import MAX_BUCKET_BYTES, BucketEntry, Manifest, decode_manifest, encode_manifest
from argus.core.types import MIRROR_MODEL_ID, Person
from tests.made_up import enrolled, face_id

GOLDEN = Path(__file__).parent.parent / "golden" / "collection"
NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def read_bucket(data: bytes) -> tuple[Enrolled, ...]:
    return decode_bucket(data, sha256(data), MIRROR_MODEL_ID)


def read_manifest(data: bytes) -> Manifest:
    return decode_manifest(data, sha256(data))


def texts(limit: int) -> st.SearchStrategy[str]:
    allowed = st.characters(exclude_categories=("Cc", "Cs"))
    return st.text(allowed, min_size=1).filter(lambda text: bool(text.strip()) and len(text.encode()) <= limit)


numbers = st.floats(-8, 8, width=32)
faces = st.builds(
    EnrolledFace,
    st.binary(min_size=32, max_size=32).map(bytes.hex),
    st.tuples(numbers, st.integers(0, 2**32)).map(
        lambda pair: np.random.default_rng(pair[1]).normal(pair[0], 0.1, 128).astype(np.float32)
    ),
)
people = st.builds(
    Enrolled.of,
    st.builds(Person, texts(128).filter(lambda text: "/" not in text), texts(256), texts(64)),
    st.lists(faces, min_size=1, max_size=4),
    stricter_by=st.floats(0, 2),
)
bucket_contents = st.lists(people, min_size=1, max_size=5, unique_by=lambda one: one.person.id).map(
    lambda found: tuple(sorted(found, key=lambda one: one.person.id))
)
times = st.datetimes(datetime(1970, 1, 1), datetime(2200, 1, 1), timezones=st.just(timezone.utc))
hashes = st.binary(min_size=32, max_size=32).map(bytes.hex)
entries = st.dictionaries(
    st.integers(0, 255), st.builds(BucketEntry, hashes, st.integers(1, 2**25), st.integers(1, 99)), max_size=256
)
manifests = st.tuples(entries, texts(40), times, st.integers(0, 2**53 - 1)).map(
    lambda parts: Manifest(
        parts[1],
        parts[2],
        sum(entry.people for entry in parts[0].values()),
        2 * sum(entry.people for entry in parts[0].values()),
        parts[0],
        parts[3],
    )
)
statements = st.builds(
    Statement,
    st.from_regex(r"[a-zA-Z0-9:_-]{1,128}", fullmatch=True),
    st.integers(1, 2**53 - 1),
    hashes,
    texts(40),
    times,
    st.none() | times,
).flatmap(lambda one: st.integers(0, one.sequence).map(lambda least: replace(one, minimum_sequence=least)))
signatures = st.lists(st.builds(Signature, texts(20), texts(90), texts(100)), max_size=3).map(tuple)
heads = st.builds(Head, statements, signatures)


@given(bucket_contents)
def test_a_bucket_comes_back_as_it_was(content: tuple[Enrolled, ...]) -> None:
    data = encode_bucket(content)
    found = read_bucket(data)
    assert found == content
    assert [one.template.vector.tobytes() for one in found] == [one.template.vector.tobytes() for one in content]
    assert encode_bucket(found) == data


@given(manifests)
def test_a_manifest_comes_back_as_it_was(manifest: Manifest) -> None:
    assert read_manifest(encode_manifest(manifest)) == manifest


@given(heads)
def test_a_head_comes_back_as_it_was(head: Head) -> None:
    data = encode_head(head)
    assert decode_head(data) == head
    assert json.loads(data)["signed"].encode() == head.signed


def golden_parts() -> dict[str, bytes]:
    """Path under the golden folder -> bytes, of a small collection of made-up people."""
    people_ = [enrolled("ann", 1), enrolled("jörg-müller", 3, "Jörg Müller"), enrolled("田中", 2)]
    collection = Collection.of(people_).with_strictness("ann", 0.1)
    parts = {}
    described = {}
    for number, content in collection.buckets.items():
        data = encode_bucket(content)
        described[number] = BucketEntry(sha256(data), len(data), len(content))
        parts[f"buckets/{sha256(data)}.npz"] = data
    manifest = encode_manifest(Manifest(MIRROR_MODEL_ID, NOW, 3, 6, described, sequence=6))
    parts[f"manifests/{sha256(manifest)}.json"] = manifest
    lifetime = timedelta(days=30)
    statement = Statement("golden", 7, sha256(manifest), MIRROR_MODEL_ID, NOW, NOW + lifetime, minimum_sequence=5)
    parts["head.json"] = encode_head(Head(statement))
    return parts


def test_the_format_changes_only_deliberately() -> None:
    """After a deliberate change: ``python -m tests.core.test_collection_format`` writes the golden files anew."""
    written = {path.relative_to(GOLDEN).as_posix(): path.read_bytes() for path in GOLDEN.rglob("*") if path.is_file()}
    assert written == golden_parts()


def test_where_nobody_was_erased_no_number_says_so() -> None:
    assert b"minimum_sequence" not in GOOD_HEAD and decode_head(GOOD_HEAD).statement.minimum_sequence == 0
    assert b"sequence" not in GOOD_MANIFEST and read_manifest(GOOD_MANIFEST).sequence == 0
    for zero in (GOOD_HEAD.replace(rb"\"model_id", rb"\"minimum_sequence\":0,\"model_id"),
                 GOOD_HEAD.replace(rb"\"model_id", rb"\"minimum_sequence\":8,\"model_id")):  # fmt: skip
        with pytest.raises(CollectionDamaged, match="not valid"):
            decode_head(zero)


def test_any_numpy_reads_a_bucket() -> None:
    content = (enrolled("ann", 1), enrolled("bob", 2))
    with np.load(io.BytesIO(encode_bucket(content)), allow_pickle=False) as arrays:
        assert json.loads(arrays["people"].tobytes())[1] == {"id": "bob", "name": "Bob", "category": "person"}
        assert arrays["pictures"].tolist() == [1, 2]
        assert arrays["stricter_by"].tolist() == [0, 0]
        assert (arrays["means"][1] == content[1].template.vector).all()
        assert arrays["face_ids"].tobytes().hex() == "".join(id_ for one in content for id_ in one.face_ids)
        assert (arrays["faces"][2] == content[1].faces[1].vector).all()


GOOD_BUCKET = encode_bucket((enrolled("ann", 1), enrolled("bob", 2)))
GOOD_MANIFEST = encode_manifest(Manifest(MIRROR_MODEL_ID, NOW, 3, 6, {1: BucketEntry(face_id("b"), 2000, 3)}))
GOOD_HEAD = encode_head(Head(Statement("staff", 7, face_id("m"), MIRROR_MODEL_ID, NOW), (Signature("a", "k", "s"),)))


@pytest.mark.parametrize(
    ("good", "read"), [(GOOD_BUCKET, read_bucket), (GOOD_MANIFEST, read_manifest), (GOOD_HEAD, decode_head)]
)
@given(data=st.data())
def test_altered_bytes_are_refused_or_mean_something_else_and_never_crash(
    good: bytes, read: Callable[[bytes], object], data: st.DataObject
) -> None:
    altered = bytearray(good)
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(altered)))
        length = data.draw(st.integers(0, 8))
        altered[start : start + length] = data.draw(st.binary(max_size=8))
    try:
        read(bytes(altered))
    except CollectionDamaged as error:
        assert str(error).count("\n") == 0


@given(st.binary(max_size=200))
@example(b"")
@example(b"[" * 60_000)
@example(b'{"schema":' * 6_000)
@example(b"9" * 10_000)
def test_any_bytes_are_refused(data: bytes) -> None:
    for read in (read_bucket, read_manifest, decode_head):
        with pytest.raises(CollectionDamaged):
            read(data)


def test_too_many_bytes_are_refused() -> None:
    for read in (read_bucket, read_manifest, decode_head):
        with pytest.raises(CollectionDamaged, match="bytes"):
            read(bytes(MAX_BUCKET_BYTES + 1))


def test_bytes_that_do_not_have_their_hash_are_refused() -> None:
    with pytest.raises(CollectionDamaged, match="altered"):
        decode_bucket(GOOD_BUCKET, face_id("other"), MIRROR_MODEL_ID)
    with pytest.raises(CollectionDamaged, match="altered"):
        decode_manifest(GOOD_MANIFEST, face_id("other"))


def rezipped(changes: dict[str, bytes], compression: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(GOOD_BUCKET)) as old, zipfile.ZipFile(buffer, "w", compression) as new:
        for name in old.namelist():
            new.writestr(name, changes.get(name, old.read(name)))
        for name in changes.keys() - set(old.namelist()):
            new.writestr(name, changes[name])
    return buffer.getvalue()


def npy(array: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, array, version=(1, 0))
    return buffer.getvalue()


def member(name: str) -> np.ndarray:
    with np.load(io.BytesIO(GOOD_BUCKET)) as arrays:
        return np.array(arrays[name])


def people_json(*people_: dict[str, object]) -> np.ndarray:
    return np.frombuffer(json.dumps(people_, sort_keys=True, separators=(",", ":")).encode(), np.uint8)


ANN: dict[str, object] = {"id": "ann", "name": "Ann", "category": "person"}
BOB: dict[str, object] = {"id": "bob", "name": "Bob", "category": "person"}
HUGE = member("faces").copy()
HUGE[0] = np.inf


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(rezipped({}, zipfile.ZIP_DEFLATED), id="compressed"),
        pytest.param(rezipped({"extra.npy": b""}), id="an array too many"),
        pytest.param(rezipped({"means.npy": npy(member("means").astype(np.float64))}), id="doubles"),
        pytest.param(rezipped({"means.npy": npy(member("means")[:1])}), id="a template too few"),
        pytest.param(rezipped({"means.npy": npy(member("means") + 0.01)}), id="not the mean"),
        pytest.param(rezipped({"faces.npy": npy(np.asfortranarray(member("faces")))}), id="Fortran order"),
        pytest.param(rezipped({"faces.npy": npy(HUGE)}), id="infinite"),
        pytest.param(rezipped({"faces.npy": npy(np.array([{}], dtype=object))}), id="pickle"),
        pytest.param(rezipped({"pictures.npy": npy(np.array([3, 0], np.int32))}), id="somebody without a face"),
        pytest.param(rezipped({"pictures.npy": npy(np.array([2**31 - 1, 2], np.int32))}), id="missing faces"),
        pytest.param(rezipped({"pictures.npy": npy(np.array([-1, 4], np.int32))}), id="negative"),
        pytest.param(rezipped({"stricter_by.npy": npy(np.array([0.0, -0.1]))}), id="laxer"),
        pytest.param(rezipped({"stricter_by.npy": npy(np.array([0.0, -0.0]))}), id="a negative zero"),
        pytest.param(rezipped({"stricter_by.npy": npy(np.array([0.0, np.nan]))}), id="strictness is no number"),
        pytest.param(rezipped({"stricter_by.npy": npy(np.zeros(1))}), id="a strictness too few"),
        pytest.param(rezipped({"people.npy": npy(people_json(BOB, ANN))}), id="wrong order"),
        pytest.param(rezipped({"people.npy": npy(people_json(ANN, ANN))}), id="twice"),
        pytest.param(rezipped({"people.npy": npy(people_json(ANN, BOB | {"phone": "+1"}))}), id="more than allowed"),
        pytest.param(rezipped({"people.npy": npy(people_json(ANN, BOB | {"name": 5}))}), id="a number for a name"),
        pytest.param(rezipped({"people.npy": npy(people_json(ANN, BOB | {"name": "\ud800"}))}), id="surrogate"),
        pytest.param(rezipped({"people.npy": npy(people_json(ANN, BOB | {"name": "x\n"}))}), id="control character"),
    ],
)
def test_a_bucket_that_the_writer_would_not_have_written_is_refused(data: bytes) -> None:
    with pytest.raises(CollectionDamaged, match="not valid"):
        read_bucket(data)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"people":3,"schema"', b'"people":4,"schema"'),
        (b'"people":3,', b'"people":3, '),
        (b'"people":3,', b'"people":3,"people":3,'),
        (b'"faces":6', b'"faces":2'),
        (b'"faces":6', b'"faces":6.0'),
        (b'"faces":6', b'"faces":1e999'),
        (b'"faces":6', b'"faces":NaN'),
        (b'"faces":6', b'"faces":true'),
        (b'"01":', b'"1":'),
        (b'"01":', b'"GG":'),
        (b'"bytes":2000', b'"bytes":99999999999'),
        (b'"bytes":2000', b'"bytes":0'),
        (b"argus.manifest/1", b"argus.manifest/2"),
        (b"12:30:00.000000Z", b"12:30:00.0Z"),
        (b"2024-05-01", b"2024-15-01"),
    ],
)
def test_a_manifest_that_the_writer_would_not_have_written_is_refused(old: bytes, new: bytes) -> None:
    assert old in GOOD_MANIFEST
    with pytest.raises(CollectionDamaged, match="not valid"):
        read_manifest(GOOD_MANIFEST.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (rb"\"sequence\":7", rb"\"sequence\":0"),
        (rb"\"sequence\":7", rb"\"sequence\":07"),
        (rb"\"sequence\":7", rb"\"sequence\": 7"),
        (rb"\"staff\"", rb"\"a/b\""),
        (rb"\"staff\"", rb"\"\""),
        (b"argus.statement/1", b"argus.statement/2"),
        (b"argus.head/1", b"argus.head/2"),
        (b'"key_id":"k"', b'"key_id":5'),
        (b'"signatures":[', b'"signatures":[5,'),
    ],
)
def test_a_head_that_the_writer_would_not_have_written_is_refused(old: bytes, new: bytes) -> None:
    assert old in GOOD_HEAD
    with pytest.raises(CollectionDamaged, match="not valid"):
        decode_head(GOOD_HEAD.replace(old, new))


def write_golden() -> None:
    for name, data in golden_parts().items():
        path = GOLDEN / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


if __name__ == "__main__":
    write_golden()
