"""``argus cloud devices``: what each device said of itself last."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from argus.cli.cloud_stack import add_stack_option, stack_of
from argus.cli.moments import ago
from argus.cli.output import ExitCode, print_json, print_text
from argus.cli.parsers import Subparsers, add_command, add_json_option
from argus.core.canonical import time_text

if TYPE_CHECKING:
    from argus.core.status import CameraState, CollectionState, QueueState
    from cloud_lambdas.devices.device import Device


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "devices",
        summary="what each device said of itself last",
        description=(
            "Lists the devices that were heard of: when last, whether the next status is late, the version of Argus,\n"
            "which version of which collection is in use, the cameras, and what waits for the cloud. --forget takes\n"
            "one that is no more out of the list."
        ),
        examples="""
            argus cloud devices
            argus cloud devices --json
            argus cloud devices --forget hall-1
        """,
    )
    parser.add_argument("--forget", metavar="THING", help="forget this device, until it says something again")
    add_stack_option(parser)
    add_json_option(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    with stack_of(arguments) as stack:
        from cloud_lambdas.console.fleet import Fleet

        fleet = Fleet(stack)
        if arguments.forget is not None:
            return _forgotten(arguments.forget, fleet.forget(arguments.forget), as_json=arguments.json)
        shown, now = 0, fleet.now()
        for device, silent in fleet.devices():
            shown += 1
            if arguments.json:
                print_json(_as_json(device, silent))
            else:
                for line in _lines(device, silent, now):
                    print_text(line)
    if not shown and not arguments.json:
        print_text("Nothing has been heard of any device.")
    return ExitCode.DONE


def _forgotten(thing: str, there_was: bool, *, as_json: bool) -> int:
    if as_json:
        print_json({"kind": "forgotten", "thing": thing, "forgotten": there_was})
    else:
        print_text(f"{thing} is forgotten." if there_was else f"Nothing was known of {thing}.")
    return ExitCode.DONE if there_was else ExitCode.REFUSED


def _as_json(device: Device, silent: bool) -> dict[str, object]:
    from argus.core.wire import message_value

    said = device.status or device.newest
    return {
        "kind": "device",
        "thing": device.thing,
        "last_seen_at": time_text(device.last_seen_at),
        "promised_until": None if device.promised_until is None else time_text(device.promised_until),
        "silent": silent,
        "status": None if said is None else message_value(said),
    }


def _lines(device: Device, silent: bool, now: datetime) -> Iterator[str]:
    newest = device.newest
    said = device.status or newest
    if newest is None or said is None:
        state = "SILENT" if silent else "no status that can be read"
        yield f"{device.thing}: {state}, heard {ago(device.last_seen_at, now)}"
        return
    state = "SILENT" if silent else newest.state
    how = f"{said.transport}{', nothing comes back' if said.transport_silent else ''}"
    yield f"{device.thing}: {state}, heard {ago(device.last_seen_at, now)}; Argus {said.software}, {how}"
    if said.configuration.refused:
        yield f"  configuration refused: {said.configuration.refused}"
    for collection in said.collections:
        yield f"  {_collection(collection)}"
    for camera in said.cameras:
        yield f"  {_camera(camera, now)}"
    for what, queue in (("events", said.events), ("pictures", said.snapshots)):
        if queue.waiting or queue.dropped or queue.last_error:
            yield f"  {_queue(what, queue)}"


def _collection(one: CollectionState) -> str:
    used = "nothing is in use" if one.sequence is None else f"number {one.sequence}, {one.people} people"
    return f"collection {one.id}: {used}{_why(one.last_error)}"


def _camera(one: CameraState, now: datetime) -> str:
    state = "connected" if one.connected else "AWAY"
    return f"camera {one.id}: {state} since {ago(one.since, now)}{_why(one.last_error)}"


def _queue(what: str, queue: QueueState) -> str:
    oldest = "" if queue.oldest_seconds is None else f", the oldest for {queue.oldest_seconds:.0f} s"
    return f"{what}: {queue.waiting} wait{oldest}; {queue.dropped} were given up{_why(queue.last_error)}"


def _why(error: str | None) -> str:
    return f"; {error}" if error else ""
