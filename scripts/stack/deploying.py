"""``scripts/deploy``: makes or changes the cloud side in an AWS account."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3.session

from argus.core.errors import UsageError
from scripts.bundling.lambdas import ARCHITECTURES, FUNCTIONS
from scripts.provisioning.errors import reported
from scripts.provisioning.fleet import ensure_bucket
from scripts.provisioning.names import names
from scripts.stack.account import account_of, confirmed, region_of, stack_name
from scripts.stack.artifacts import Artifacts, artifacts, upload
from scripts.stack.changes import carry_out, drop, prepare

ROOT = Path(__file__).resolve().parents[2]

_EXAMPLES = """\
examples:
  scripts/build_lambdas && scripts/deploy          shows what would change, and asks
  scripts/deploy --dry-run                         says what it would upload and set; asks AWS for nothing
  scripts/deploy --set OperatorEmail=me@example.com --set DeviceRole=argus-device-eu-central-1
  scripts/deploy --yes                             without asking, as in a pipeline

Parameters keep the values that they had; cloud_lambdas/template.yaml describes them. Credentials and region as for the
AWS CLI.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: done, or nothing to do; 1: AWS refused; 2: wrong use, or nobody agreed."""
    options = build_parser().parse_args(arguments)
    return reported(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    stack = stack_name(options.stack)
    given = dict(_pair(one) for one in options.set)
    wanted = artifacts(options.template, options.bundles, FUNCTIONS, options.architecture)
    session = boto3.session.Session(region_name=options.region)
    region = region_of(session)
    account = options.account or "123456789012" if options.dry_run else account_of(session, options.account)
    bucket = names(ROOT, account, region, artifact_bucket=options.artifact_bucket).artifact_bucket
    parameters = {
        "ArtifactBucket": bucket,
        "ArtifactPrefix": wanted.prefix,
        "Architecture": options.architecture,
        **({} if options.dry_run else {"IotEndpoint": _iot_endpoint(session)}),
        **given,
    }
    print(f"stack {stack}, account {account}, region {region}")
    for name, value in parameters.items():
        print(f"  {name} = {value}")
    if options.dry_run:
        _say_what_would_be_uploaded(bucket, wanted)
        return
    print(f"bucket {bucket}: {ensure_bucket(session.client('s3'), bucket, region)}")
    upload(session.client("s3"), bucket, wanted, print)
    _change(
        session, stack, f"https://{bucket}.s3.{region}.{_suffix(region)}/{wanted.template}", parameters, options.yes
    )


def _change(session: boto3.session.Session, stack: str, url: str, parameters: dict[str, str], agreed: bool) -> None:
    client = session.client("cloudformation")
    changes = prepare(client, stack, url, parameters)
    if changes is None:
        print("nothing to change")
        return
    print("\n".join(changes.lines) or "no resource is changed, only what is said of the stack")
    if not agreed and not confirmed(f"change {len(changes.lines)} resources of {stack}? [yes/no]", "yes"):
        drop(client, stack, changes)
        raise UsageError("nothing was changed: answer `yes`, or give --yes")
    for name, value in carry_out(client, stack, changes).items():
        print(f"{name}: {value}")


def _say_what_would_be_uploaded(bucket: str, wanted: Artifacts) -> None:
    for key, path in wanted.files.items():
        print(f"s3://{bucket}/{key}: would hold {path} ({path.stat().st_size / 1e6:.1f} MB)")


def _iot_endpoint(session: boto3.session.Session) -> str:
    return "https://" + session.client("iot").describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]


def _suffix(region: str) -> str:
    return "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise UsageError(f"--set takes NAME=VALUE, not {text!r}")
    return name, value


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/deploy",
        description="Makes or changes the cloud side of Argus in an AWS account, as one CloudFormation stack.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--stack", default="argus", metavar="NAME", help="everything is called after it (default: argus)"
    )
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter of the template")
    parser.add_argument("--architecture", choices=ARCHITECTURES, default="x86_64", help="default: x86_64")
    parser.add_argument("--region", help="default: as for the AWS CLI")
    parser.add_argument("--account", help="twelve digits: stop unless the credentials are of this account")
    parser.add_argument("--artifact-bucket", metavar="NAME", help="default: the one for components")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and ask AWS for nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    bundles, template = ROOT / "build" / "lambdas", ROOT / "cloud_lambdas" / "template.yaml"
    parser.add_argument("--bundles", type=Path, default=bundles, metavar="DIR", help="default: build/lambdas")
    parser.add_argument(
        "--template", type=Path, default=template, metavar="FILE", help="default: cloud_lambdas/template.yaml"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
