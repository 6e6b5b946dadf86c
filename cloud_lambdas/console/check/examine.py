"""Everything that is looked at, in the order of what needs what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from botocore.exceptions import BotoCoreError, ClientError

from argus.core.errors import UsageError
from argus.core.finding import Finding, fault, note, ok, refused
from cloud_lambdas.console.check.account import Account
from cloud_lambdas.console.check.data import check_buckets, check_tables
from cloud_lambdas.console.check.queues import check_queues
from cloud_lambdas.console.check.round_trip import check_round_trip
from cloud_lambdas.console.check.running import check_api, check_devices, check_functions, check_pictures, check_rules
from cloud_lambdas.console.check.signing import check_signing
from cloud_lambdas.console.check.telling import check_alarms, check_subscriptions, check_webhook
from cloud_lambdas.console.errors import sentence
from cloud_lambdas.console.stack import Stack

Check = Callable[[Account], Iterator[Finding]]


def check_identity(account: Account) -> Iterator[Finding]:
    """Whose credentials these are."""
    found = account.client("sts").get_caller_identity()
    yield ok("account", f"{found['Account']}, as {found['Arn'].rpartition(':')[2]}")


def check_stack(account: Account) -> Iterator[Finding]:
    """What CloudFormation says of the stack; one that cannot be worked with was refused before."""
    stack = account.stack
    what = f"{stack.name} is {stack.status}, with {len(stack.outputs)} outputs"
    if stack.runs_here:
        yield ok("stack", f"{what}; it runs on this machine")
    elif stack.status == "UPDATE_ROLLBACK_COMPLETE":
        yield note("stack", f"{what}: the last deployment failed, and the version before is there", "deploy again")
    elif stack.status.endswith("_IN_PROGRESS"):
        yield note("stack", f"{what}: it is being changed", "check again when that is done")
    else:
        yield ok("stack", what)


CHECKS: tuple[tuple[str, Check], ...] = (
    ("account", check_identity),
    ("stack", check_stack),
    ("buckets", check_buckets),
    ("tables", check_tables),
    ("queues", check_queues),
    ("alarms", check_alarms),
    ("subscribers", check_subscriptions),
    ("webhook", check_webhook),
    ("signing", check_signing),
    ("rules", check_rules),
    ("functions", check_functions),
    ("links", check_api),
    ("pictures", check_pictures),
    ("devices", check_devices),
)


def examine(stack: Stack, *, send: bool = False) -> Iterator[Finding]:
    """Looks the stack over; what these credentials may not look at is a fault, for nobody knows how it is.

    Args:
        send: sends an event through it, too, which people hear of.
    """
    account = Account(stack)
    for topic, check in (*CHECKS, ("round trip", check_round_trip)) if send else CHECKS:
        try:
            yield from check(account)
        except UsageError as error:
            yield refused(topic, error)
        except (BotoCoreError, ClientError) as error:
            what, _, remedy = sentence(error).rpartition(": ")
            yield fault(topic, what, remedy)
