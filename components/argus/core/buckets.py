"""The bytes of a bucket: some people with their templates and faces.

``buckets/<sha256>.npz`` is an uncompressed zip of arrays in NumPy's format, version 1.0, without pickles; any NumPy
reads it. Equal people give equal bytes, on every machine and with every version of NumPy.

=================== =============== ====================================================================
``people.npy``      ``(t,) u1``     canonical JSON: ``[{"category": ..., "id": ..., "name": ...}, ...]``
``pictures.npy``    ``(p,) i4``     how many faces each of the p people has, in the same order
``stricter_by.npy`` ``(p,) f8``     by how much each person's threshold is lowered, in normalised distance
``means.npy``       ``(p, 128) f4`` each person's template: the mean of their faces
``face_ids.npy``    ``(f, 32) u1``  sha256 of each face's photo; each person's faces follow one another
``faces.npy``       ``(f, 128) f4`` the faces' vectors
=================== =============== ====================================================================

All little-endian, in C order. Reading is strict: what the writer would not have written is refused.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
import zlib
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from argus.core.canonical import json_value, text, to_canonical_json
from argus.core.collection import Enrolled, EnrolledFace
from argus.core.errors import CollectionDamaged
from argus.core.manifest import MAX_BUCKET_BYTES
from argus.core.types import EMBEDDING_SIZE, Person, Template

MEAN_TOLERANCE = 1e-5
"""How far a stored template may be from the mean of its faces: rounding of float32 numbers of size 1, with room."""

_EARLIEST = (1980, 1, 1, 0, 0, 0)
_UNIX = 3
_HEADER_BYTES = 128
"""Of an array in the file, before its numbers: the format's 64-byte alignment, twice."""

_MEMBERS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("people.npy", "|u1", ()),
    ("pictures.npy", "<i4", ()),
    ("stricter_by.npy", "<f8", ()),
    ("means.npy", "<f4", (EMBEDDING_SIZE,)),
    ("face_ids.npy", "|u1", (hashlib.sha256().digest_size,)),
    ("faces.npy", "<f4", (EMBEDDING_SIZE,)),
)
"""Name, type and row shape of each array, in file order."""

_UNREADABLE = (ValueError, EOFError, OSError, RuntimeError, struct.error, zipfile.BadZipFile, zlib.error)
"""What the zip module raises on bytes that are no zip; NotImplementedError is a RuntimeError."""


def encode_bucket(people: Sequence[Enrolled]) -> bytes:
    """The one spelling of ``people``, who ascend by id."""
    faces = [face for enrolled in people for face in enrolled.faces]
    persons = [{"id": one.person.id, "name": one.person.name, "category": one.person.category} for one in people]
    arrays: tuple[NDArray[Any], ...] = (
        np.frombuffer(to_canonical_json(persons), np.uint8),
        np.array([len(enrolled.faces) for enrolled in people]),
        np.array([enrolled.stricter_by for enrolled in people]),
        np.stack([enrolled.template.vector for enrolled in people]),
        np.frombuffer(b"".join(bytes.fromhex(face.face_id) for face in faces), np.uint8).reshape(len(faces), -1),
        np.stack([face.vector for face in faces]),
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for (name, dtype, _), array in zip(_MEMBERS, arrays, strict=True):
            info = zipfile.ZipInfo(name, _EARLIEST)
            info.create_system = _UNIX
            info.external_attr = 0o600 << 16
            archive.writestr(info, _array_header(dtype, array.shape) + array.astype(dtype).tobytes())
    return buffer.getvalue()


def decode_bucket(data: bytes, expected_sha256: str, model_id: str) -> tuple[Enrolled, ...]:
    """Reads and checks a bucket whose vectors are of ``model_id``.

    Raises:
        CollectionDamaged: the bytes do not have that hash, or are not what :func:`encode_bucket` writes.
    """
    if hashlib.sha256(data).hexdigest() != expected_sha256:
        raise CollectionDamaged(f"bucket {expected_sha256[:12]} was altered: restore the collection from a copy")
    try:
        people = _people(_arrays(data), model_id)
        if encode_bucket(people) != data:
            raise ValueError("it is not in canonical form")
    except _UNREADABLE as error:
        raise CollectionDamaged(
            f"bucket {expected_sha256[:12]} is not valid, {error}: restore the collection from a copy"
        ) from error
    return people


def person_ids(data: bytes) -> frozenset[str]:
    """Whom the bytes of a bucket hold, of whatever model; neither their hash nor the vectors are looked at.

    Raises:
        CollectionDamaged: they are no bucket.
    """
    try:
        return frozenset(person.id for person in _persons(_arrays(data)[0].tobytes()))
    except _UNREADABLE as error:
        raise CollectionDamaged(f"a bucket is not valid, {error}: restore the collection from a copy") from error


def _array_header(dtype: str, shape: tuple[int, ...]) -> bytes:
    """What stands before an array's numbers (NumPy's format 1.0), at a fixed length, which NumPy itself has changed."""
    described = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", _HEADER_BYTES - 10) + described.ljust(_HEADER_BYTES - 11) + b"\n"


def _arrays(data: bytes) -> list[NDArray[Any]]:
    if len(data) > MAX_BUCKET_BYTES:
        raise ValueError(f"it has more than {MAX_BUCKET_BYTES} bytes")
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
        if [member.filename for member in members] != [name for name, _, _ in _MEMBERS]:
            raise ValueError("it does not hold the expected arrays")
        # Stored, not compressed: nothing can unfold to more than was fetched.
        if any(member.compress_type != zipfile.ZIP_STORED or member.file_size > len(data) for member in members):
            raise ValueError("its arrays are not stored as they are")
        return [
            _array(archive.read(member), dtype, row) for member, (_, dtype, row) in zip(members, _MEMBERS, strict=True)
        ]


def _array(content: bytes, dtype: str, row: tuple[int, ...]) -> NDArray[Any]:
    """The array in ``content`` when it is one of ``dtype`` with rows of shape ``row``; read-only."""
    body = memoryview(content)[_HEADER_BYTES:]
    row_bytes = np.dtype(dtype).itemsize * int(np.prod(row, dtype=np.int64))
    rows, rest = divmod(len(body), row_bytes)
    shape = (rows, *row)
    if rest or content[:_HEADER_BYTES] != _array_header(dtype, shape):
        raise ValueError("one of its arrays is not of the expected shape and type")
    return np.frombuffer(body, dtype).reshape(shape)


def _people(arrays: list[NDArray[Any]], model_id: str) -> tuple[Enrolled, ...]:
    text_bytes, pictures, stricter_by, means, face_ids, faces = arrays
    persons = _persons(text_bytes.tobytes())
    counts = pictures.astype(np.int64)
    if not (len(persons) == len(counts) == len(stricter_by) == len(means)) or len(faces) != len(face_ids):
        raise ValueError("its arrays are of different lengths")
    if (counts < 1).any() or counts.sum() != len(faces):
        raise ValueError("its people do not have the faces they should")
    ends = np.cumsum(counts)
    sums = np.add.reduceat(faces.astype(np.float64), ends - counts, axis=0)
    if not np.allclose(means, sums / counts[:, np.newaxis], atol=MEAN_TOLERANCE):
        raise ValueError("one of its templates is not the mean of the faces")
    people = []
    for person, mean, stricter, count, end in zip(
        persons, means, stricter_by.tolist(), counts.tolist(), ends.tolist(), strict=True
    ):
        own = tuple(EnrolledFace(face_ids[row].tobytes().hex(), faces[row]) for row in range(end - count, end))
        people.append(Enrolled(person, own, Template(mean, count, model_id), stricter))
    return tuple(people)


def _persons(data: bytes) -> list[Person]:
    values = json_value(data, limit=MAX_BUCKET_BYTES)
    if not isinstance(values, list) or to_canonical_json(values) != data:
        raise ValueError("its people are not a canonical list")
    persons = []
    for value in values:
        if not isinstance(value, dict) or value.keys() != {"id", "name", "category"}:
            raise ValueError("one of its people is not described by id, name and category")
        persons.append(Person(text(value["id"]), text(value["name"]), text(value["category"])))
    if any(left.id >= right.id for left, right in pairwise(persons)):
        raise ValueError("its people do not ascend by id")
    return persons
