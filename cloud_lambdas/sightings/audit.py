"""What happened, in S3: one object for each event and each correction, which is written once and never again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from argus.core.canonical import time_text
from argus.core.wire import decode_message, message_value
from argus.storage.versions import BlobVersion
from cloud_lambdas.sightings.sighting import Correction, Sighting

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THERE_ALREADY = 412
_LARGEST = 64 * 1024
_TYPE = "application/json"


class AuditBucket:
    """Objects ``events/<yyyy>/<mm>/<dd>/<thing>/<event_id>.json`` by the day on which the event was stored, and beside
    each its corrections, ``<event_id>.correction-<number>.json``.

    A request that meets another one for the same key (S3 answers 409) fails, and is for the caller to repeat.
    """

    def __init__(self, client: S3Client, bucket: str) -> None:
        self._client = client
        self._bucket = bucket

    def keep(self, sighting: Sighting) -> None:
        """Writes the sighting as it was stored, unless it is written already."""
        self._write_once(f"{_stem(sighting)}.json", _document(sighting))

    def correct(self, sighting: Sighting, correction: Correction) -> Correction:
        """Writes the sighting's next correction; returns the one of that number, which another may have written."""
        key = _correction_key(sighting, len(sighting.corrections) + 1)
        if self._write_once(key, message_value(correction)):
            return correction
        written = self._client.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return decode_message(Correction, written, what="correction", limit=_LARGEST)

    def rewrite(self, sighting: Sighting) -> list[BlobVersion]:
        """Writes the sighting and its corrections as they are now.

        What is written once stays written: a function that comes late finds its object, and writes nothing.

        Returns:
            Every other version of these objects, for the caller to remove.
        """
        documents = {f"{_stem(sighting)}.json": _document(sighting)}
        for number, correction in enumerate(sighting.corrections, start=1):
            documents[_correction_key(sighting, number)] = message_value(correction)
        written = {
            self._client.put_object(Bucket=self._bucket, Key=key, Body=_json(document), ContentType=_TYPE)["VersionId"]
            for key, document in documents.items()
        }
        pages = self._client.get_paginator("list_object_versions").paginate(
            Bucket=self._bucket, Prefix=f"{_stem(sighting)}."
        )
        listed = []
        for page in pages:
            listed += [BlobVersion(one["Key"], one["VersionId"]) for one in page.get("Versions", [])]
            marks = page.get("DeleteMarkers", [])
            listed += [BlobVersion(one["Key"], one["VersionId"], is_marker=True) for one in marks]
        return [one for one in listed if one.version_id not in written]

    def _write_once(self, key: str, document: object) -> bool:
        try:
            self._client.put_object(
                Bucket=self._bucket, Key=key, Body=_json(document), ContentType=_TYPE, IfNoneMatch="*"
            )
        except ClientError as error:
            if error.response["ResponseMetadata"]["HTTPStatusCode"] != _THERE_ALREADY:
                raise
            return False
        return True


def _document(sighting: Sighting) -> dict[str, object]:
    return {
        "schema": "argus.audit/1",
        "event": message_value(sighting.event),
        "person": None if sighting.person is None else message_value(sighting.person),
        "received_at": time_text(sighting.received_at),
        "cursor": sighting.cursor,
    }


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def _correction_key(sighting: Sighting, number: int) -> str:
    return f"{_stem(sighting)}.correction-{number}.json"


def _stem(sighting: Sighting) -> str:
    event = sighting.event
    return f"events/{sighting.day.replace('-', '/')}/{event.device.thing}/{event.event_id}"
