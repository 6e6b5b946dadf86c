"""``scripts/destroy``: takes the cloud side out of an AWS account, after saying what is lost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

import boto3.session

from argus.core.errors import UsageError
from scripts.provisioning.errors import ProvisioningError, reported
from scripts.stack.account import account_of, confirmed, region_of, stack_name
from scripts.stack.changes import status_of, wait
from scripts.stack.data import KEPT, Held, delete, held, resources, stack_arn

_EXAMPLES = """\
examples:
  scripts/destroy --dry-run         counts what there is, and deletes nothing
  scripts/destroy                   takes the stack down; photos, people, faces and events stay, and a stack of that
                                    name that is deployed later has them again
  scripts/destroy --data            takes those away too, also of a stack that was taken down before
  scripts/destroy --confirm argus   without asking

Credentials and region as for the AWS CLI.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit code 0: done; 1: AWS refused; 2: wrong use, or nobody agreed."""
    options = build_parser().parse_args(arguments)
    return reported(lambda: _run(options))


def _run(options: argparse.Namespace) -> None:
    stack = stack_name(options.stack)
    session = boto3.session.Session(region_name=options.region)
    region, account = region_of(session), account_of(session, options.account)
    client = session.client("cloudformation")
    arn = stack_arn(client, stack)
    if arn is None:
        raise UsageError(f"account {account} has no stack {stack} in {region}, and had none in the last 90 days")
    is_up = status_of(client, stack) is not None
    found = list(held(session, (one for one in resources(client, arn) if is_up or one.type in KEPT)))
    print(f"stack {stack}, account {account}, region {region}{'' if is_up else ', taken down before'}")
    _summarise(found, data=options.data)
    if options.dry_run:
        return
    if options.confirm != stack and not confirmed(f"type {stack} to delete what is marked so:", stack):
        raise UsageError("nothing was deleted")
    if is_up:
        client.delete_stack(StackName=stack)
        status = wait(client, stack)
        if status not in (None, "DELETE_COMPLETE"):
            raise ProvisioningError(
                f"the stack {stack} ended as {status}: see its events in the console, and run again"
            )
        print(f"stack {stack}: deleted")
    if options.data:
        for one in found:
            if one.resource.type in KEPT:
                delete(session, one.resource, print)


def _summarise(found: Sequence[Held], *, data: bool) -> None:
    for one in found:
        goes = data or one.resource.type not in KEPT
        print(f"  {'DELETED' if goes else 'stays':8} {one.resource.logical_id:20} {one.amount}  ({one.resource.name})")
    if not found:
        print("  it holds no data")


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="scripts/destroy",
        description="Takes the cloud side of Argus out of an AWS account. Says first what there is, and asks.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--stack", default="argus", metavar="NAME", help="default: argus")
    parser.add_argument("--data", action="store_true", help="the data too; it cannot be had back")
    parser.add_argument("--region", help="default: as for the AWS CLI")
    parser.add_argument("--account", help="twelve digits: stop unless the credentials are of this account")
    parser.add_argument("--dry-run", action="store_true", help="say what there is, and delete nothing")
    parser.add_argument("--confirm", metavar="NAME", help="the stack's name, instead of typing it")
    return parser


if __name__ == "__main__":
    sys.exit(main())
