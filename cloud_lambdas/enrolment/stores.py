"""Where enrolment keeps what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from cloud_lambdas.enrolment.photos_bucket import PhotosBucket
from cloud_lambdas.enrolment.verdicts_table import VerdictsTable
from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.changes import ChangesQueue
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.environment import positive_number, required
from cloud_lambdas.shared.faces_table import FacesTable
from cloud_lambdas.shared.people_table import PeopleTable

DEFAULT_REFUSED_PHOTO_DAYS = 30


@dataclass(frozen=True)
class Stores:
    """The photos, what is known of them, and where the publisher hears of changes."""

    photos: PhotosBucket
    people: PeopleTable
    faces: FacesTable
    verdicts: VerdictsTable
    changes: ChangesQueue


def open_stores(environment: Mapping[str, str], clients: Clients) -> Stores:
    """The stores that the environment names.

    Raises:
        UsageError: a variable is missing, or is no number of days.
    """
    kept = timedelta(days=positive_number(environment, names.REFUSED_PHOTO_DAYS, DEFAULT_REFUSED_PHOTO_DAYS))
    return Stores(
        PhotosBucket(clients.s3, required(environment, names.PHOTOS_BUCKET)),
        PeopleTable(clients.dynamodb, required(environment, names.PEOPLE_TABLE)),
        FacesTable(clients.dynamodb, required(environment, names.FACES_TABLE)),
        VerdictsTable(clients.dynamodb, required(environment, names.VERDICTS_TABLE), kept),
        ChangesQueue(clients.sqs, required(environment, names.CHANGES_QUEUE)),
    )
