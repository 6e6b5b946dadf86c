"""Starts the whole cloud on this machine, and ends it."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from socket import socket
from typing import Any

from argus.core.errors import UsageError
from cloud_lambdas.local.broker import LocalBroker, find_mosquitto
from cloud_lambdas.local.clients import LocalClients
from cloud_lambdas.local.functions import LocalFunction
from cloud_lambdas.local.mqtt import BrokerLink
from cloud_lambdas.local.outbox import Outbox, Sent
from cloud_lambdas.local.provision import Inert, Stack, provision
from cloud_lambdas.local.queues import QueueSource
from cloud_lambdas.local.resources import HTTP_API
from cloud_lambdas.local.rights import OnUse, Right, Rights, guarded, rights_of
from cloud_lambdas.local.rules import RuleEngine, RuleLoader
from cloud_lambdas.local.schedules import Schedule, seconds_of
from cloud_lambdas.local.simulator import Aws, simulator
from cloud_lambdas.local.stacks import cloudformation
from cloud_lambdas.local.translate import translate
from cloud_lambdas.local.web import FunctionOf, WebServer, data_plane, http_api, invocations, listen
from cloud_lambdas.local.worker import Worker

TEMPLATE = Path(__file__).parents[1] / "template.yaml"

_MODELS = "ARGUS_MODELS"
"""Where the template says that a bundle's models are; here they are the checkout's, or where the process is told."""


@dataclass(frozen=True)
class Ports:
    """Of 127.0.0.1; 0 takes one that is free.

    Attributes:
        aws: the imitation of AWS.
        mqtt: the broker.
        web: the HTTP API, AWS IoT's data plane, and calls of functions.
    """

    aws: int = 0
    mqtt: int = 0
    web: int = 0


@dataclass(frozen=True)
class LocalCloud:
    """The cloud, while it runs.

    Attributes:
        environment: what leads boto3 and the AWS CLI to it.
        client: gives boto3's client of a service, led to it as well.
        mqtt_port: of the broker on 127.0.0.1.
        broker: may be stopped and started again.
        web: address of the HTTP API.
        outputs: the template's.
        inert: resources that are nothing here.
        functions: the functions' names.
    """

    environment: Mapping[str, str]
    client: Callable[[str], Any]
    mqtt_port: int
    broker: LocalBroker
    web: str
    outputs: Mapping[str, str]
    inert: tuple[Inert, ...]
    functions: tuple[str, ...]


@contextmanager
def local_cloud(
    *,
    template: Path = TEMPLATE,
    parameters: Mapping[str, str] | None = None,
    ports: Ports = Ports(),
    on_sent: Callable[[Sent], None] = lambda sent: None,
    mosquitto: str | None = find_mosquitto(),
) -> Iterator[LocalCloud]:
    """Runs the cloud that the template describes; it works when the context begins, and is gone when it ends.

    Args:
        parameters: of the template, beside those that only AWS needs.
        on_sent: is told of each message of a topic, on a thread of its own.
        mosquitto: its program; None takes amqtt.

    Raises:
        UsageError: the template has something that is not known here, a port cannot be taken, or a part is missing.
    """
    with ExitStack() as ending:
        folder = Path(ending.enter_context(tempfile.TemporaryDirectory(prefix="argus-cloud-")))
        listener = ending.enter_context(listen(ports.web))
        web = f"http://127.0.0.1:{listener.getsockname()[1]}"
        needed = {"ArtifactBucket": "local", "ArtifactPrefix": "local", "IotEndpoint": web}
        plain = translate(template, needed | dict(parameters or {}))
        aws = Aws(ending.enter_context(simulator(ports.aws)), web)
        stack = provision(plain, aws.client, api_address=web)
        broker = ending.enter_context(LocalBroker(folder, ports.mqtt, mosquitto=mosquitto))
        functions = ending.enter_context(working(stack, aws, broker.port, listener, on_sent))
        yield LocalCloud(
            environment=aws.environment,
            client=aws.client,
            mqtt_port=broker.port,
            broker=broker,
            web=web,
            outputs=stack.outputs(),
            inert=stack.inert,
            functions=functions,
        )


@contextmanager
def working(
    stack: Stack,
    aws: Aws,
    mqtt_port: int,
    listener: socket,
    on_sent: Callable[[Sent], None],
    *,
    on_use: Callable[[str, Right], None] = lambda function, right: None,
) -> Iterator[tuple[str, ...]]:
    """Runs the functions, whose names it gives, and what calls them.

    All state is elsewhere, so that it may end at any moment and begin anew.

    Args:
        listener: what is spoken by HTTP is answered there.
        on_use: is told of every right that a function uses; without the right it gets an error.
    """
    with ExitStack() as ending:
        link = ending.enter_context(BrokerLink(mqtt_port))
        with redirect_stdout(sys.stderr):  # where the functions' loggers write, which take stdout as they are made
            functions = _functions(stack, aws, on_use)
        for function in functions.values():
            ending.callback(function.close)

        def function_of(name: str) -> LocalFunction:
            short = name.rpartition(":")[2]
            if short not in functions:
                raise UsageError(f"the template has no function {short}")
            return functions[short]

        routes = data_plane(link.publish) + invocations(function_of) + cloudformation(stack)
        for _, api in stack.of_type(HTTP_API):
            routes += http_api(api, function_of)
        ending.enter_context(WebServer(listener, routes))
        _start_rules(stack, aws, link, function_of, ending)
        topics = [stack.resolver.made[name].ref for name, _ in stack.of_type("AWS::SNS::Topic")]
        parts: list[Worker] = [*_queue_sources(stack, aws, function_of), *_schedules(stack, function_of)]
        _run([*parts, Outbox(aws.client, topics, on_sent)], ending)
        yield tuple(functions)


def _guarded(aws: Aws, rights: Rights, on_use: OnUse, service: str) -> Any:
    return guarded(aws.own_client(service), rights, on_use)


def _functions(stack: Stack, aws: Aws, on_use: Callable[[str, Right], None]) -> dict[str, LocalFunction]:
    made = {}
    for logical_id, properties in stack.of_type("AWS::Lambda::Function"):
        variables = properties.get("Environment", {}).get("Variables", {})
        environment = {name: str(value) for name, value in variables.items() if name != _MODELS}
        if _MODELS in variables and _MODELS in os.environ:
            environment[_MODELS] = os.environ[_MODELS]
        arn = stack.resolver.made[logical_id].attributes["Arn"]
        client = partial(_guarded, aws, rights_of(stack, logical_id), partial(on_use, arn.rpartition(":")[2]))
        function = LocalFunction(arn, properties, environment, LocalClients(client))
        made[function.name] = function
    return made


def _start_rules(stack: Stack, aws: Aws, link: BrokerLink, function_of: FunctionOf, ending: ExitStack) -> None:
    def invoke(arn: str, event: Any) -> None:
        function_of(arn).invoke(event)

    loader, engine = RuleLoader(aws.client, link.publish, invoke), RuleEngine()
    ending.callback(engine.close)
    for logical_id, properties in stack.of_type("AWS::IoT::TopicRule"):
        if rule := loader.load(stack.resolver.made[logical_id].ref, properties):
            link.subscribe(rule.statement.topic_filter, engine.handler(rule))


def _queue_sources(stack: Stack, aws: Aws, function_of: FunctionOf) -> Iterator[QueueSource]:
    urls = {made.attributes["Arn"]: made.ref for made in stack.resolver.made.values() if "QueueUrl" in made.attributes}
    for logical_id, properties in stack.of_type("AWS::Lambda::EventSourceMapping"):
        if (arn := properties["EventSourceArn"]) not in urls:
            raise UsageError(f"{logical_id} reads from {arn}: the local cloud feeds functions from queues only")
        yield QueueSource(aws.client, urls[arn], function_of(properties["FunctionName"]), properties)


def _schedules(stack: Stack, function_of: FunctionOf) -> Iterator[Schedule]:
    for logical_id, properties in stack.of_type("AWS::Events::Rule"):
        if "ScheduleExpression" not in properties:
            raise UsageError(f"{logical_id}: the local cloud knows schedules among EventBridge's rules only")
        arn = stack.resolver.made[logical_id].attributes["Arn"]
        for target in properties["Targets"]:
            yield Schedule(arn, seconds_of(properties["ScheduleExpression"]), function_of(target["Arn"]))


def _run(parts: list[Worker], ending: ExitStack) -> None:
    """Starts them; at the end all are asked to end before the first is waited for."""
    for part in parts:
        ending.callback(part.join)
        part.start()
    for part in parts:
        ending.callback(part.end)
