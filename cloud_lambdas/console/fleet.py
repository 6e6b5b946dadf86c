"""The devices of a stack: what each said of itself last, and commands to them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime
from functools import cached_property
from typing import Any

import boto3.session
from botocore.config import Config

from argus.core.command_arguments import check_arguments
from cloud_lambdas.console.errors import CloudError
from cloud_lambdas.console.stack import Stack
from cloud_lambdas.devices.device import Device
from cloud_lambdas.devices.devices_table import DevicesTable
from cloud_lambdas.shared.clock import SystemClock, new_id
from cloud_lambdas.shared.device_commands import (
    UNSETTLED,
    WAIT_SECONDS,
    CommandState,
    Forget,
    Order,
    Request,
    StateOf,
    decode_answer,
    decode_forgotten,
    encode_request,
)

_CONFIG = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "total_max_attempts": 3})
_POLL_SECONDS = 1.0


class Fleet:
    """Listing reads the table; commands invoke the function, which alone sends them."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._clock = SystemClock()

    def devices(self) -> Iterator[tuple[Device, bool]]:
        """Every device that was heard of, by name, and whether it has broken its promise of the next status."""
        now = self._clock.now()
        table = DevicesTable(self._stack.clients.dynamodb, self._stack.output("DevicesTable"))
        found = sorted(table.everything(), key=lambda device: device.thing)
        return ((device, device.is_silent(now)) for device in found)

    def now(self) -> datetime:
        """By which :meth:`devices` tells who is silent."""
        return self._clock.now()

    def send(self, thing: str, name: str, arguments: dict[str, str], wait_seconds: int | None = None) -> CommandState:
        """Sends a command, once, however often the function has to be asked.

        Args:
            wait_seconds: until the deadline; None: what such a command takes at most.

        Raises:
            CommandRefused: it has wrong arguments.
            UsageError: nothing has been heard of such a device.
            CloudError: the function fails.
        """
        check_arguments(name, arguments)
        wait = WAIT_SECONDS[name] if wait_seconds is None else wait_seconds
        order = Order(thing, name, arguments, new_id(self._clock.now()), wait)
        return decode_answer(self._ask(order))

    def settled(self, sent: CommandState, sleep: Callable[[float], None] = time.sleep) -> CommandState:
        """What became of a command, as soon as that is known; after its deadline at the latest."""
        while sent.state in UNSETTLED:
            sleep(_POLL_SECONDS)
            sent = decode_answer(self._ask(StateOf(sent.thing, sent.command_id)))
        return sent

    def forget(self, thing: str) -> bool:
        """Takes a device that is no more out; False where nothing was known of it."""
        return decode_forgotten(self._ask(Forget(thing)))

    @cached_property
    def _lambda(self) -> Any:
        return boto3.session.Session().client("lambda", config=_CONFIG)

    def _ask(self, request: Request) -> bytes:
        function = self._stack.output("DevicesFunction")
        answer = self._lambda.invoke(FunctionName=function, Payload=encode_request(request))
        payload: bytes = answer["Payload"].read()
        if "FunctionError" in answer:
            raise CloudError(f"the function {function} failed: see its log, and run the same again")
        return payload
