"""``scripts/provision``: makes what devices need in an AWS account, and takes devices out of it."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import boto3

from argus.core.errors import UsageError
from argus.core.topics import thing_name
from scripts.provisioning.connection import (
    check_room_for_key,
    configurations,
    write_certificate,
    write_configurations,
)
from scripts.provisioning.device import (
    Endpoints,
    attach_policies,
    certificates_of,
    endpoints,
    ensure_thing,
    give_certificate,
    make_certificate,
    remove_device,
)
from scripts.provisioning.documents import document
from scripts.provisioning.errors import reported
from scripts.provisioning.fleet import fleet_documents, provision_fleet
from scripts.provisioning.names import Names, names

ROOT = Path(__file__).resolve().parents[2]

_EXAMPLES = """\
examples:
  scripts/provision --dry-run hall-1        print every document, ask AWS for nothing
  scripts/provision                         what all devices share: buckets, role, policies, thing group
  scripts/provision hall-1                  that, and the device hall-1; its files go to ./hall-1
  scripts/provision hall-1 --csr hall-1.csr a certificate for a key that the device made, and keeps
  scripts/provision --remove hall-1         takes the device out of the account

It may be run again at any time: what is as it should be stays. Credentials and region as for the AWS CLI.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: done; 1: AWS or the disk refused something; 2: wrong use."""
    options = build_parser().parse_args(arguments)
    return reported(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    for thing in filter(None, (options.thing, options.remove)):
        _check_thing(thing)
    session = boto3.session.Session(region_name=options.region)
    if session.region_name is None:
        raise UsageError("no region is known: name one with --region, or run `aws configure`")
    if options.dry_run:
        _print_documents(options, _names(options, options.account or "123456789012", session.region_name))
        return
    account = session.client("sts").get_caller_identity()["Account"]
    if options.account not in (None, account):
        raise UsageError(f"these credentials are of account {account}, not of {options.account}")
    chosen = _names(options, account, session.region_name)
    print(f"account {account}, region {chosen.region}")
    if options.remove:
        remove_device(session, options.remove, chosen, print)
        return
    provision_fleet(session, ROOT, chosen, logs=options.logs, snapshot_days=options.snapshot_days, say=print)
    if options.thing:
        _provision_device(session, options, chosen)


def _provision_device(session: boto3.session.Session, options: argparse.Namespace, chosen: Names) -> None:
    iot, thing, folder = session.client("iot"), options.thing, options.out or Path(options.thing)
    ensure_thing(iot, thing, chosen.group, print)
    write_configurations(folder, configurations(thing, chosen.region, endpoints(iot)))
    had = certificates_of(iot, thing)
    if had and not (options.new_certificate or options.csr):
        for arn in had:
            attach_policies(iot, arn)
            print(f"certificate {arn.rpartition('/')[2]}: as it was (--new-certificate makes another one)")
    else:
        if options.csr is None:
            check_room_for_key(folder)
        certificate = make_certificate(iot, options.csr and options.csr.read_text(encoding="ascii"))
        write_certificate(folder, certificate)
        give_certificate(iot, thing, certificate)
        print(f"certificate {certificate.id}: made")
    print(f"files for the device: {folder}")


def _print_documents(options: argparse.Namespace, chosen: Names) -> None:
    for what, policy in fleet_documents(ROOT, chosen, logs=options.logs).items():
        print(f"# {what}\n{json.dumps(policy, indent=2)}\n")
    operator = document(ROOT, "iam-operator", chosen.values)
    print(f"# rights of whoever runs this\n{json.dumps(operator, indent=2)}\n")
    print(f"# buckets\n{chosen.artifact_bucket}\n{chosen.data_bucket}\n")
    if options.thing:
        open_ones = Endpoints(data="AWS_IOT_DATA_ENDPOINT", credentials="AWS_IOT_CREDENTIALS_ENDPOINT")
        for name, text in configurations(options.thing, chosen.region, open_ones).items():
            print(f"# {name}\n{text}")


def _names(options: argparse.Namespace, account: str, region: str) -> Names:
    return names(
        ROOT,
        account,
        region,
        group=options.group,
        artifact_bucket=options.artifact_bucket,
        data_bucket=options.data_bucket,
    )


def _check_thing(thing: str) -> None:
    try:
        thing_name(thing)
    except ValueError as error:
        raise UsageError(str(error)) from error


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/provision",
        description="Makes what devices need in an AWS account, and takes devices out of it (docs/operations.md).",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    device = parser.add_mutually_exclusive_group()
    device.add_argument("thing", nargs="?", metavar="THING", help="a device, by the name that it is to have")
    device.add_argument("--remove", metavar="THING", help="take this device out of the account")
    parser.add_argument("--dry-run", action="store_true", help="print every document, and ask AWS for nothing")
    parser.add_argument("--region", help="default: as for the AWS CLI")
    parser.add_argument("--account", help="twelve digits: stop unless the credentials are of this account")
    parser.add_argument("--group", default="argus", metavar="NAME", help="the thing group (default: argus)")
    parser.add_argument("--artifact-bucket", metavar="NAME", help="for components (default: as gdk-config.json says)")
    parser.add_argument(
        "--data-bucket", metavar="NAME", help="for collections and snapshots (default: argus-data-REGION-ACCOUNT)"
    )
    parser.add_argument(
        "--snapshot-days", type=int, default=30, metavar="N", help="a new data bucket deletes snapshots then (30)"
    )
    parser.add_argument("--logs", action="store_true", help="devices may write to CloudWatch Logs")
    parser.add_argument("--out", type=Path, metavar="DIR", help="for the device's files (default: ./THING)")
    parser.add_argument("--csr", type=Path, metavar="FILE", help="make the certificate for this request")
    parser.add_argument("--new-certificate", action="store_true", help="make one though the thing has one")
    return parser


if __name__ == "__main__":
    sys.exit(main())
