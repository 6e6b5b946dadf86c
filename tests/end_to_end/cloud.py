"""The cloud of the template on this machine, of which each part can be taken away and brought back."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from argus.core.collection import Collection
from argus.core.types import MIRROR_MODEL_ID
from argus.storage.repository import CollectionRepository
from argus.storage.s3 import S3Store
from cloud_lambdas.local.broker import LocalBroker, find_mosquitto, free_port
from cloud_lambdas.local.compose import TEMPLATE
from cloud_lambdas.local.provision import Stack, provision
from cloud_lambdas.local.rights import Right
from cloud_lambdas.local.simulator import Aws, simulator
from cloud_lambdas.local.translate import translate
from cloud_lambdas.sightings.sighting import Sighting
from cloud_lambdas.sightings.table import SightingsTable
from tests.end_to_end.works import Deployment


class Cloud:
    """The state is in the imitation of AWS and in the broker; the functions and what calls them are another process.

    Attributes:
        aws: clients for the test itself.
        environment: what leads other programs to it.
        outputs: the template's.
    """

    def __init__(self, aws: Aws, deployment: Deployment, broker: LocalBroker, folder: Path) -> None:
        self.aws = aws
        self.environment = aws.environment
        self.broker = broker
        self.stack = deployment.stack
        self.outputs = deployment.stack.outputs()
        self._uses = deployment.uses
        self._deployment = folder / "deployment"
        self._deployment.write_bytes(pickle.dumps(deployment))
        self._sightings = SightingsTable(aws.client("dynamodb"), self.outputs["SightingsTable"])
        store = S3Store(self.outputs["CollectionsBucket"], "collections/people", aws.client("s3"))
        now = lambda: datetime.now(timezone.utc)  # noqa: E731
        self._repository = CollectionRepository(store, "people", now, MIRROR_MODEL_ID)
        self._begun_at = datetime.now(timezone.utc)
        self._log = folder / "functions.log"
        self._process: subprocess.Popen[str] | None = None

    @property
    def log(self) -> str:
        """What the functions have written."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def uses(self, function: str) -> set[Right]:
        """The rights that a function (``sightings``) has used, as its role has them."""
        lines = [json.loads(line) for line in self._uses.read_text(encoding="utf-8").splitlines()]
        return {(action, resource) for name, action, resource in lines if name.endswith(f"-{function}")}

    def start(self) -> None:
        """The functions work when it returns."""
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.end_to_end.works", str(self._deployment)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                cwd=Path(__file__).parents[2],
            )
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "works\n", self.log

    def kill(self) -> None:
        """The functions end where they are."""
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def put_photo(self, key: str, data: bytes, **said: str) -> None:
        """Sends a photo, with what its sender says of it."""
        self.aws.client("s3").put_object(Bucket=self.outputs["PhotosBucket"], Key=key, Body=data, Metadata=said)

    def delete_photo(self, key: str) -> None:
        self.aws.client("s3").delete_object(Bucket=self.outputs["PhotosBucket"], Key=key)

    def sightings(self, of_things: str = "") -> list[Sighting]:
        """Of the devices whose names begin so, in the order in which they were stored."""
        now = datetime.now(timezone.utc)
        days = {f"{day:%Y-%m-%d}" for day in (self._begun_at, now)}  # there is a midnight
        found = [one for day in days for one in self._sightings.of_day(day, now)]
        mine = [one for one in found if one.event.device.thing.startswith(of_things)]
        return sorted(mine, key=lambda sighting: sighting.cursor)

    def collection(self) -> Collection | None:
        """What devices follow; None before anybody was enrolled."""
        return self._repository.load_or_empty() or None

    def newest_head(self) -> int:
        """Its number."""
        return self._repository.load().head.statement.sequence

    def items(self, table: str) -> list[dict[str, Any]]:
        """All items of the table of that output."""
        pages = self.aws.client("dynamodb").get_paginator("scan").paginate(TableName=self.outputs[table])
        return [item for page in pages for item in page["Items"]]

    def keys(self, bucket: str, prefix: str = "") -> list[str]:
        """Of all objects in the bucket of that output, sorted."""
        pages = (
            self.aws.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.outputs[bucket], Prefix=prefix)
        )
        return sorted(found["Key"] for page in pages for found in page.get("Contents", []))

    def waiting(self, queue: str) -> int:
        """How many messages the queue of that output has, those included that are being handled."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.aws.client("sqs").get_queue_attributes(QueueUrl=self.outputs[queue], AttributeNames=names)
        return sum(int(found["Attributes"][name]) for name in names)

    def idle(self, queues: Iterable[str]) -> bool:
        """Whether nothing waits in these and in their dead-letter queues."""
        return all(self.waiting(f"{name}{kind}Queue") == 0 for name in queues for kind in ("", "Dead"))

    def subscribe(self) -> Alerts:
        """Subscribes to the alerts."""
        sqs = self.aws.client("sqs")
        url = sqs.create_queue(QueueName=f"somebody-{uuid.uuid4().hex}")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.aws.client("sns").subscribe(TopicArn=self.outputs["AlertsTopic"], Protocol="sqs", Endpoint=arn)
        return Alerts(sqs, url)


class Alerts:
    """What a subscriber of the alerts has got so far.

    Attributes:
        messages: SNS's envelopes, in the order in which they came.
    """

    def __init__(self, sqs: Any, url: str) -> None:
        self._sqs, self._url = sqs, url
        self.messages: list[dict[str, Any]] = []

    def look(self) -> list[dict[str, Any]]:
        """Takes what has come; all of them."""
        while found := self._sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages"):
            for message in found:
                self.messages.append(json.loads(message["Body"]))
                self._sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])
        return self.messages


HIDDEN_SECONDS = 12
"""What was given to a function that was killed comes again after so long, and not after minutes."""

Between = Callable[[str, str], AbstractContextManager[tuple[str, str]]]
"""Is given the addresses of AWS and of what the local cloud serves itself; gives those that the functions know."""


@contextmanager
def cloud(
    folder: Path,
    parameters: Mapping[str, str] | None = None,
    between: Between = lambda address, own: nullcontext((address, own)),
) -> Iterator[Cloud]:
    """A cloud that works."""
    with ExitStack() as ending:
        web_port = free_port()
        web = f"http://127.0.0.1:{web_port}"
        address = ending.enter_context(simulator())
        aws = Aws(address, web)
        needed = {"ArtifactBucket": "local", "ArtifactPrefix": "local", "IotEndpoint": web}
        stack = provision(translate(TEMPLATE, needed | dict(parameters or {})), aws.client, api_address=web)
        broker = ending.enter_context(LocalBroker(folder, mosquitto=find_mosquitto()))
        _hurry(stack, aws)
        reached, own = ending.enter_context(between(address, web))
        made = Cloud(aws, Deployment(stack, reached, own, broker.port, web_port, folder / "uses"), broker, folder)
        ending.callback(made.kill)
        made.start()
        yield made


def _hurry(stack: Stack, aws: Aws) -> None:
    for made in stack.resolver.made.values():
        if url := made.attributes.get("QueueUrl"):
            hidden = {"VisibilityTimeout": str(HIDDEN_SECONDS)}
            aws.client("sqs").set_queue_attributes(QueueUrl=url, Attributes=hidden)
