"""AWS IoT's rules: what a statement makes of a message goes to the actions; of failures the error action is told."""

from __future__ import annotations

import base64
import json
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from argus.core.errors import UsageError
from cloud_lambdas.local.resources import ClientOf, Properties
from cloud_lambdas.local.sql import Message, RuleError, Statement, parse_statement, parse_substitutions

_LOG = logging.getLogger(__name__)

_AT_ONCE = 4
"""Messages that are handed on at the same time; AWS IoT keeps no order either."""


class Publish(Protocol):
    def __call__(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> None: ...


class Invoke(Protocol):
    def __call__(self, arn: str, event: Any) -> None: ...


Perform = Callable[[Message, bytes], None]
"""Does an action with the message and what the statement made of it."""


@dataclass(frozen=True)
class Action:
    """One action of a rule: its kind and target, for whoever reads of its failure."""

    kind: str
    target: str
    perform: Perform


@dataclass(frozen=True)
class Rule:
    """A rule of the template."""

    name: str
    statement: Statement
    actions: tuple[Action, ...]
    error_action: Action | None

    def handle(self, message: Message) -> None:
        """Hands one message on; whatever fails goes to the error action."""
        try:
            outgoing = self.statement.apply(message)
        except RuleError as error:
            self._failed(message, [(None, str(error))])
            return
        if outgoing is None:
            return
        failures = [(action, reason) for action in self.actions if (reason := _attempt(action, message, outgoing))]
        if failures:
            self._failed(message, failures)

    def _failed(self, message: Message, failures: Sequence[tuple[Action | None, str]]) -> None:
        """Tells the error action, in AWS IoT's words."""
        _LOG.warning("the rule %s failed for a message on %s: %s", self.name, message.topic, failures[0][1])
        if self.error_action is None:
            return
        told = {
            "ruleName": self.name,
            "topic": message.topic,
            "base64OriginalPayload": base64.b64encode(message.payload).decode(),
            "failures": [
                {
                    "failedAction": action.kind if action else "Sql",
                    "failedResource": action.target if action else self.name,
                    "errorMessage": reason,
                }
                for action, reason in failures
            ],
        }
        if reason := _attempt(self.error_action, message, json.dumps(told).encode()):
            _LOG.error("the error action of the rule %s failed as well: %s", self.name, reason)


def _attempt(action: Action, message: Message, outgoing: bytes) -> str | None:
    """Why it failed, or None."""
    try:
        action.perform(message, outgoing)
    except (BotoCoreError, ClientError, RuleError) as error:
        return str(error)
    return None


class RuleLoader:
    """Makes rules of what stands in the template."""

    def __init__(self, client: ClientOf, publish: Publish, invoke: Invoke) -> None:
        self._client, self._publish, self._invoke = client, publish, invoke

    def load(self, name: str, properties: Properties) -> Rule | None:
        """One rule; None where it is disabled; raises UsageError for what is not known here."""
        payload = properties["TopicRulePayload"]
        if str(payload.get("RuleDisabled", False)).lower() == "true":
            return None
        if (version := payload.get("AwsIotSqlVersion")) != "2016-03-23":
            raise UsageError(f"the rule {name} needs AwsIotSqlVersion 2016-03-23, not {version}")
        error_action = payload.get("ErrorAction")
        return Rule(
            name,
            parse_statement(payload["Sql"]),
            tuple(self._action(name, action) for action in payload["Actions"]),
            self._action(name, error_action) if error_action else None,
        )

    def _action(self, rule: str, given: Mapping[str, Any]) -> Action:
        ((kind, settings),) = given.items()
        match kind:
            case "Sqs":
                return Action(kind, settings["QueueUrl"], self._to_queue(settings))
            case "S3":
                return Action(kind, settings["BucketName"], self._to_bucket(settings))
            case "Lambda":
                return Action(kind, settings["FunctionArn"], self._to_function(settings))
            case "Republish":
                return Action(kind, settings["Topic"], self._to_topic(settings))
        raise UsageError(f"the local cloud does not know the action {kind} of the rule {rule}")

    def _to_queue(self, settings: Mapping[str, Any]) -> Perform:
        encoded = str(settings.get("UseBase64", False)).lower() == "true"

        def perform(message: Message, outgoing: bytes) -> None:
            try:
                body = base64.b64encode(outgoing).decode() if encoded else outgoing.decode()
            except UnicodeDecodeError as error:
                raise RuleError("a queue takes text only: encode the payload in the rule") from error
            self._client("sqs").send_message(QueueUrl=settings["QueueUrl"], MessageBody=body)

        return perform

    def _to_bucket(self, settings: Mapping[str, Any]) -> Perform:
        key = parse_substitutions(settings["Key"])

        def perform(message: Message, outgoing: bytes) -> None:
            self._client("s3").put_object(Bucket=settings["BucketName"], Key=key(message), Body=outgoing)

        return perform

    def _to_function(self, settings: Mapping[str, Any]) -> Perform:
        def perform(message: Message, outgoing: bytes) -> None:
            try:
                event = json.loads(outgoing)
            except ValueError as error:
                raise RuleError("a function takes JSON only: encode the payload in the rule") from error
            self._invoke(settings["FunctionArn"], event)

        return perform

    def _to_topic(self, settings: Mapping[str, Any]) -> Perform:
        topic = parse_substitutions(settings["Topic"])

        def perform(message: Message, outgoing: bytes) -> None:
            self._publish(topic(message), outgoing, qos=int(settings.get("Qos", 0)))

        return perform


class RuleEngine:
    """Runs rules on threads of its own, so that the broker's is free at once."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="rules")

    def handler(self, rule: Rule) -> Callable[[str, bytes], None]:
        """What the subscription to the rule's topic filter calls."""

        def handle(topic: str, payload: bytes) -> None:
            message = Message(topic, payload, time.time_ns() // 1_000_000)
            self._pool.submit(rule.handle, message).add_done_callback(_tell)

        return handle

    def close(self) -> None:
        """Ends when what has begun is done."""
        self._pool.shutdown(cancel_futures=True)


def _tell(done: Future[None]) -> None:
    if not done.cancelled() and (error := done.exception()):
        _LOG.error("a rule crashed", exc_info=error)
