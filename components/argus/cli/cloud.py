"""``argus cloud``: the cloud's side, from a terminal. One module a command."""

from __future__ import annotations

from argus.cli import cloud_check, cloud_correct, cloud_local, cloud_people, cloud_redrive, cloud_sightings
from argus.cli.parsers import Subparsers, add_command


def add_parser(subparsers: Subparsers) -> None:
    parser = add_command(
        subparsers,
        "cloud",
        summary="the cloud's side: all of it on this machine",
        description="What runs in AWS, from here. Each has --help of its own.",
        examples="argus cloud local",
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="cloud_command", required=True)
    cloud_local.add_parser(commands)
    cloud_check.add_parser(commands)
    cloud_sightings.add_parser(commands)
    cloud_correct.add_parser(commands)
    cloud_redrive.add_parser(commands)
    cloud_people.add_people(commands)
