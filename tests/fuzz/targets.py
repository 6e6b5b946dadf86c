"""What is fuzzed: every reader of bytes that nobody vouches for, with what must hold of any input.

A reader ends in its documented error or in a value; a value has one spelling, so writing it gives the input back. An
event may be spelled in several ways, so there the spelling is compared after one round.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from argus.core.buckets import decode_bucket, encode_bucket
from argus.core.errors import CollectionDamaged, EventError, ModelError
from argus.core.events import decode, encode
from argus.core.head import decode_head, encode_head
from argus.core.manifest import decode_manifest, encode_manifest
from argus.core.types import MIRROR_MODEL_ID
from models.detector import detector_onnx
from models.dlib_network import read_network
from models.embedding import embedding_onnx
from tests.models import dlib_writer as write

_GOLDEN = Path(__file__).parents[1] / "golden" / "collection"
_EVENTS = Path(__file__).parents[1] / "events"


@dataclass(frozen=True)
class Target:
    """One reader.

    Attributes:
        seeds: valid inputs to start from.
        check: fails on an input that shows a fault.
    """

    seeds: Callable[[], list[bytes]]
    check: Callable[[bytes], None]


def _networks() -> list[bytes]:
    layers = (
        write.convolution([[[[0.5, -1.0], [2.0, 0.0]]]], [0.5], stride=1, padding=0),
        write.affine([1.5], [3.5]),
        write.string("relu_"),
        write.pool("max_pool_2", 3, 2),
        write.batch_normalisation([2.0], [0.5], [1.0], [3.75], 0.25),
        write.string("add_prev_"),
        write.pool("avg_pool_2", 0, 1),
        write.fully_connected([[1.0, 2.0], [3.0, 4.0]]),
    )
    return [write.network(write.METRIC_LOSS, layers), write.network(write.DETECTOR_LOSS, layers[:3])]


def _check_network(data: bytes) -> None:
    try:
        network = read_network(data, "weights.dat")
    except ModelError:
        return
    for convert in (embedding_onnx, detector_onnx):
        try:
            convert(network)
        except ModelError:
            continue
        raise AssertionError("a network of a few layers passed for one of dlib's")


def _check_head(data: bytes) -> None:
    try:
        head = decode_head(data)
    except CollectionDamaged:
        return
    assert encode_head(head) == data


def _check_manifest(data: bytes) -> None:
    try:
        manifest = decode_manifest(data, hashlib.sha256(data).hexdigest())
    except CollectionDamaged:
        return
    assert encode_manifest(manifest) == data


def _check_bucket(data: bytes) -> None:
    try:
        people = decode_bucket(data, hashlib.sha256(data).hexdigest(), MIRROR_MODEL_ID)
    except CollectionDamaged:
        return
    assert encode_bucket(people) == data


_BETWEEN = b"\0next array\0"


def _arrays() -> list[bytes]:
    """The arrays of each bucket, without the zip around them, whose checksums would stop nearly every change."""
    found = []
    for data in _files(_GOLDEN, "buckets/*.npz")():
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            found.append(_BETWEEN.join(archive.read(name) for name in archive.namelist()))
    return found


def _check_arrays(data: bytes) -> None:
    names = ("people.npy", "pictures.npy", "means.npy", "face_ids.npy", "faces.npy")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, content in zip(names, data.split(_BETWEEN), strict=False):
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o600 << 16  # as the writer of buckets has them
            archive.writestr(info, content)
    _check_bucket(buffer.getvalue())


def _check_event(data: bytes) -> None:
    try:
        event = decode(data)
        written = encode(event)
    except EventError:  # also of a valid event whose numbers are longer when they are written out
        return
    again = decode(written)
    assert encode(again) == written
    assert decode(encode(again)) == again


def _files(folder: Path, pattern: str) -> Callable[[], list[bytes]]:
    return lambda: [path.read_bytes() for path in sorted(folder.glob(pattern))]


TARGETS = {
    "network": Target(_networks, _check_network),
    "head": Target(_files(_GOLDEN, "head.json"), _check_head),
    "manifest": Target(_files(_GOLDEN, "manifests/*.json"), _check_manifest),
    "bucket": Target(_files(_GOLDEN, "buckets/*.npz"), _check_bucket),
    "arrays": Target(_arrays, _check_arrays),
    "event": Target(
        lambda: [path.read_bytes() for path in sorted(_EVENTS.glob("*.json")) if "schema" not in path.name],
        _check_event,
    ),
}
