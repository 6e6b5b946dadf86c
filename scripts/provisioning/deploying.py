"""``scripts/deploy_device``: deploys the component with a configuration that was checked before."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import boto3

from argus import __version__
from argus.core.errors import ArgusError, UsageError
from argus.device.settings.reading import read_settings
from scripts.provisioning.deployment import WHOLE, deployment
from scripts.provisioning.errors import reported

_EXAMPLES = """\
examples:
  scripts/deploy_device hall-1.json --thing hall-1 --dry-run > deployment.json    the request, checked, not sent
  scripts/deploy_device hall-1.json --thing hall-1       this file is the device's whole configuration
  scripts/deploy_device yard.json --thing hall-1 --merge only what the file names changes
  scripts/deploy_device --thing hall-1 --version 0.1.0   another version, or back to one, with the same configuration
  scripts/deploy_device hall.json --group halls          to devices that are all alike

What else the target runs stays. Credentials and region as for the AWS CLI.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: deployed; 1: refused; 2: wrong use."""
    options = build_parser().parse_args(arguments)
    return reported(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    merge = None if options.configuration is None else read_configuration(options.configuration)
    reset = options.reset or (() if options.merge or merge is None else WHOLE)
    session = boto3.session.Session(region_name=options.region)
    if session.region_name is None:
        raise UsageError("no region is known: name one with --region, or run `aws configure`")
    kind, name = ("thing", options.thing) if options.thing else ("thinggroup", options.group)
    partition = session.get_partition_for_region(session.region_name)
    if options.dry_run:
        target = f"arn:{partition}:iot:{session.region_name}:{options.account}:{kind}/{name}"
        print(json.dumps(deployment(target, {}, options.version, merge=merge, reset=reset), indent=2))
        return
    account = session.client("sts").get_caller_identity()["Account"]
    target = f"arn:{partition}:iot:{session.region_name}:{account}:{kind}/{name}"
    greengrass = session.client("greengrassv2")
    request = deployment(target, _newest(greengrass, target), options.version, merge=merge, reset=reset)
    made = greengrass.create_deployment(**request)
    print(f"deployment {made['deploymentId']} of {', '.join(sorted(request['components']))} to {name}")


def read_configuration(path: Path) -> Mapping[str, Any]:
    """What the file says, when a device would take it over the recipe's defaults.

    Raises:
        ArgusError: it is no JSON object, or a device would refuse it.
    """
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise ArgusError(f"{path} is no JSON ({error}): correct it") from error
    read_settings(found)
    assert isinstance(found, dict)  # nothing else is read
    return found


def _newest(greengrass: Any, target: str) -> Mapping[str, Any]:
    found = greengrass.list_deployments(targetArn=target, historyFilter="LATEST_ONLY")["deployments"]
    if not found:
        return {}
    newest: Mapping[str, Any] = greengrass.get_deployment(deploymentId=found[0]["deploymentId"])
    return newest


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/deploy_device",
        description="Deploys argus.FaceRecognizer with a configuration that was checked before (docs/operations.md).",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "configuration", nargs="?", type=Path, metavar="FILE", help="JSON; without it, as deployed last"
    )
    target = parser.add_mutually_exclusive_group(required=True)
    target.add_argument("--thing", help="to one device")
    target.add_argument("--group", help="to all devices of this thing group")
    parser.add_argument("--version", default=__version__, help=f"of the component (default: {__version__})")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--merge", action="store_true", help="what FILE does not name stays as it is on the device")
    how.add_argument(
        "--reset", action="append", metavar="POINTER", help="such as /cameras: gets its default before FILE is merged"
    )
    parser.add_argument("--dry-run", action="store_true", help="print the request, and ask AWS for nothing")
    parser.add_argument("--region", help="default: as for the AWS CLI")
    parser.add_argument("--account", default="123456789012", help="for --dry-run alone")
    return parser


if __name__ == "__main__":
    sys.exit(main())
