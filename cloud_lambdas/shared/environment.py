"""The names of the functions' environment variables, spelled here alone, and how they are read.

The template gives each function those that it needs. Tables, buckets, topics and keys are given by name, ARN or id,
queues by their URL.
"""

from __future__ import annotations

from collections.abc import Mapping

from argus.core.errors import UsageError

PHOTOS_BUCKET = "ARGUS_PHOTOS_BUCKET"
COLLECTIONS_BUCKET = "ARGUS_COLLECTIONS_BUCKET"
SNAPSHOTS_BUCKET = "ARGUS_SNAPSHOTS_BUCKET"
AUDIT_BUCKET = "ARGUS_AUDIT_BUCKET"
WEB_BUCKET = "ARGUS_WEB_BUCKET"

PEOPLE_TABLE = "ARGUS_PEOPLE_TABLE"
FACES_TABLE = "ARGUS_FACES_TABLE"
VERDICTS_TABLE = "ARGUS_VERDICTS_TABLE"
SIGHTINGS_TABLE = "ARGUS_SIGHTINGS_TABLE"
COOLDOWNS_TABLE = "ARGUS_COOLDOWNS_TABLE"
DEVICES_TABLE = "ARGUS_DEVICES_TABLE"
COMMANDS_TABLE = "ARGUS_COMMANDS_TABLE"
LINKS_TABLE = "ARGUS_LINKS_TABLE"

PHOTOS_QUEUE = "ARGUS_PHOTOS_QUEUE"
CHANGES_QUEUE = "ARGUS_CHANGES_QUEUE"
ALERTS_QUEUE = "ARGUS_ALERTS_QUEUE"
VISITS_DEAD_LETTERS = "ARGUS_VISITS_DEAD_LETTERS"
"""The dead-letter queue of ``visits``, to which the function itself sends what can never be read, with its reason."""
STATUSES_DEAD_LETTERS = "ARGUS_STATUSES_DEAD_LETTERS"
"""The same of ``statuses``."""

ALERTS_TOPIC = "ARGUS_ALERTS_TOPIC"
ALARMS_TOPIC = "ARGUS_ALARMS_TOPIC"
"""For whoever operates this: what is out of order."""
SIGNING_KEY = "ARGUS_SIGNING_KEY"
WEBHOOK_SECRET = "ARGUS_WEBHOOK_SECRET"
COLLECTION = "ARGUS_COLLECTION"
ALERT_COOL_DOWN_SECONDS = "ARGUS_ALERT_COOL_DOWN_SECONDS"
LINK_BASE = "ARGUS_LINK_BASE"
TIME_ZONE = "ARGUS_TIME_ZONE"
"""Of the people who read alerts, by its name in the IANA database."""
SNAPSHOT_DAYS = "ARGUS_SNAPSHOT_DAYS"
"""For how long the devices' pictures are kept."""
REFUSED_PHOTO_DAYS = "ARGUS_REFUSED_PHOTO_DAYS"
"""For how long photos that were refused are kept, and the verdicts on them."""
SIGHTINGS_DAYS = "ARGUS_SIGHTINGS_DAYS"
"""For how long a sighting is kept."""

IOT_ENDPOINT = "ARGUS_IOT_ENDPOINT"
"""The account's own data endpoint (``aws iot describe-endpoint --endpoint-type iot:Data-ATS``) or a whole URL; empty:
the region's."""


def required(environment: Mapping[str, str], name: str) -> str:
    """The value of the variable ``name``.

    Raises:
        UsageError: it is missing or empty.
    """
    value = environment.get(name, "")
    if not value:
        raise UsageError(f"the environment lacks {name}: set it in the function's entry of the template")
    return value


def positive_number(environment: Mapping[str, str], name: str, default: int) -> int:
    """The variable ``name`` as a whole number of 1 or more; ``default`` where it is missing or empty.

    Raises:
        UsageError: it is something else.
    """
    return _number(environment, name, default, least=1)


def whole_number(environment: Mapping[str, str], name: str, default: int) -> int:
    """The same of 0 or more."""
    return _number(environment, name, default, least=0)


def _number(environment: Mapping[str, str], name: str, default: int, *, least: int) -> int:
    value = environment.get(name, "") or str(default)
    if not (value.isascii() and value.isdigit() and int(value) >= least):
        raise UsageError(f"{name} must be a whole number of {least} or more, not {value!r}")
    return int(value)
