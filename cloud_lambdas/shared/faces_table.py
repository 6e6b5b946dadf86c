"""The faces that were enrolled: the truth that collections are made from.

A face is ``person_id``, ``face_id`` (the photo's sha256), ``vector`` (128 little-endian float32, base64), ``model_id``,
``quality``, ``enrolled_at``, and ``photos``: the key of each photo with these bytes -> its version. It is there as long
as one of its photos is.

Whether a photo may be enrolled depends on everybody's faces. So each change raises one counter, the generation, in the
same transaction; who decided on another generation than the present one has to decide again.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from argus.core.canonical import time_text
from argus.core.collection import EnrolledFace
from argus.core.types import MIRROR_MODEL_ID, Vector
from cloud_lambdas.shared.dynamodb import number, text
from cloud_lambdas.shared.transactions import commit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

_NOBODY = "/"
"""Under which the generation is kept: no person's id holds a slash."""

_GENERATION = "generation"


@dataclass(frozen=True)
class StoredFace:
    """One face of one person.

    Attributes:
        photos: key of a photo -> its version.
    """

    person_id: str
    face: EnrolledFace
    model_id: str
    quality: float
    photos: Mapping[str, str]


class FacesTable:
    """See the module."""

    def __init__(self, client: DynamoDBClient, table: str) -> None:
        self._client = client
        self._table = table

    def generation(self) -> int:
        """How often the faces have changed."""
        key = _key(_NOBODY, _GENERATION)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item", {})
        return int(found[_GENERATION]["N"]) if found else 0

    def everything(self) -> list[StoredFace]:
        """Every face; those that were there when this was called are among them."""
        pages = self._client.get_paginator("scan").paginate(TableName=self._table, ConsistentRead=True)
        items = (item for page in pages for item in page["Items"])
        return [_face(item) for item in items if item["person_id"]["S"] != _NOBODY]

    def of(self, person_id: str) -> list[StoredFace]:
        """The faces of one person."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            ConsistentRead=True,
            KeyConditionExpression="person_id = :person",
            ExpressionAttributeValues={":person": text(person_id)},
        )
        return [_face(item) for page in pages for item in page["Items"]]

    def find(self, person_id: str, face_id: str) -> StoredFace | None:
        """One face."""
        key = _key(person_id, face_id)
        found = self._client.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        return None if found is None else _face(found)

    def put(self, face: StoredFace, at: datetime, generation: int) -> list[TransactWriteItemTypeDef]:
        """The parts of a transaction that writes a face, and fails unless the generation is this one."""
        item: dict[str, AttributeValueTypeDef] = {
            **_key(face.person_id, face.face.face_id),
            "vector": text(base64.b64encode(face.face.vector.astype("<f4").tobytes()).decode()),
            "model_id": text(face.model_id),
            "quality": {"N": f"{face.quality:.6f}"},
            "photos": {"M": {key: text(version) for key, version in face.photos.items()}},
            "enrolled_at": text(time_text(at)),
        }
        return [{"Put": {"TableName": self._table, "Item": item}}, self._next(generation)]

    def release(self, face: StoredFace, photo_key: str, generation: int) -> list[TransactWriteItemTypeDef]:
        """As :meth:`put`, of taking a photo from a face, which goes with its last one."""
        key = _key(face.person_id, face.face.face_id)
        if set(face.photos) <= {photo_key}:
            return [{"Delete": {"TableName": self._table, "Key": key}}, self._next(generation)]
        return [
            {
                "Update": {
                    "TableName": self._table,
                    "Key": key,
                    "UpdateExpression": "REMOVE photos.#key",
                    "ExpressionAttributeNames": {"#key": photo_key},
                }
            },
            self._next(generation),
        ]

    def delete(self, face: StoredFace, generation: int) -> None:
        """Takes a face away, whatever photos it has.

        Raises:
            CollectionConflict: the generation is another by now.
        """
        key = _key(face.person_id, face.face.face_id)
        commit(self._client, [{"Delete": {"TableName": self._table, "Key": key}}, self._next(generation)])

    def _next(self, generation: int) -> TransactWriteItemTypeDef:
        values: dict[str, AttributeValueTypeDef] = {":next": number(generation + 1)}
        condition = "attribute_not_exists(generation)"
        if generation:
            values[":seen"] = number(generation)
            condition = "generation = :seen"
        return {
            "Update": {
                "TableName": self._table,
                "Key": _key(_NOBODY, _GENERATION),
                "UpdateExpression": "SET generation = :next",
                "ConditionExpression": condition,
                "ExpressionAttributeValues": values,
            }
        }


def _key(person_id: str, face_id: str) -> dict[str, AttributeValueTypeDef]:
    return {"person_id": text(person_id), "face_id": text(face_id)}


def _face(item: dict[str, AttributeValueTypeDef]) -> StoredFace:
    photos = item["photos"]["M"] if "photos" in item else {}
    return StoredFace(
        item["person_id"]["S"],
        EnrolledFace(item["face_id"]["S"], _vector(item["vector"]["S"])),
        item["model_id"]["S"] if "model_id" in item else MIRROR_MODEL_ID,
        float(item["quality"]["N"]) if "quality" in item else 0.0,
        {key: version["S"] for key, version in photos.items()},
    )


def _vector(encoded: str) -> Vector:
    return np.frombuffer(base64.b64decode(encoded), "<f4").astype(np.float32)
