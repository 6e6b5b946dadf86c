"""Corrections over AWS, for programs that are no Lambda function."""

from __future__ import annotations

from collections.abc import Mapping

from cloud_lambdas.shared import environment as names
from cloud_lambdas.shared.clients import Clients
from cloud_lambdas.shared.clock import SystemClock
from cloud_lambdas.shared.environment import required
from cloud_lambdas.shared.people_table import PeopleTable
from cloud_lambdas.sightings.audit import AuditBucket
from cloud_lambdas.sightings.corrections import CorrectionsService
from cloud_lambdas.sightings.table import SightingsTable


def open_corrections(environment: Mapping[str, str], clients: Clients) -> CorrectionsService:
    """Corrects what the tables and the bucket in ``environment`` hold; UsageError where it lacks one of them.

    It needs dynamodb:GetItem on the tables of people and of sightings, dynamodb:UpdateItem on the latter, and
    s3:PutObject and s3:GetObject on ``events/*`` of the audit bucket.
    """
    return CorrectionsService(
        people=PeopleTable(clients.dynamodb, required(environment, names.PEOPLE_TABLE)),
        sightings=SightingsTable(clients.dynamodb, required(environment, names.SIGHTINGS_TABLE)),
        audit=AuditBucket(clients.s3, required(environment, names.AUDIT_BUCKET)),
        clock=SystemClock(),
    )
