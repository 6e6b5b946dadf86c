"""Whether the cloud has everything that a fleet sent, and nothing twice."""

from __future__ import annotations

import base64
import json

from cloud_lambdas.shared.redrive import DeadLetters
from tests.end_to_end.cloud import Cloud
from tests.end_to_end.fleet import Sent
from tests.end_to_end.latency import capture_to_alert_ms, told
from tests.end_to_end.waiting import eventually


def assert_all_arrived(running: Cloud, sent: Sent) -> None:
    """One sighting and one audit object of each event, all alerts told, and one dead letter of whatever is none."""
    assert eventually(lambda: running.waiting("VisitsQueue") == running.waiting("AlertsQueue") == 0)
    sightings = running.sightings("thing-")
    assert sorted(one.event.event_id for one in sightings) == sorted(sent.event_ids)
    written = [key.rpartition("/")[2] for key in running.keys("AuditBucket", "events/") if "/thing-" in key]
    assert sorted(written) == sorted(f"{event_id}.json" for event_id in sent.event_ids)

    dead = DeadLetters(running.aws.client("sqs"), running.outputs["VisitsDeadQueue"]).read(len(sent.malformed) + 1)
    letters = [json.loads(letter.body) for letter in dead]
    refused = [(letter["topic"], base64.b64decode(letter["payload_base64"])) for letter in letters]
    assert sorted(refused) == sorted(sent.malformed)

    due = [one for one in sightings if one.event.alert]
    assert {one.alert for one in due} <= {"sent"}
    took = capture_to_alert_ms(running.log, sightings)
    assert len(took) >= len(due)
    print(told(took))
