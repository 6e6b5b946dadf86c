"""What works by itself: rules, functions, the API."""

from __future__ import annotations

import secrets
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from argus.core.finding import Finding, fault, note, ok
from cloud_lambdas.console.check.account import Account, or_else
from cloud_lambdas.console.errors import code_of, denied
from cloud_lambdas.console.fleet import Fleet

_GONE = ("ResourceNotFoundException", "UnauthorizedException")
"""AWS IoT has the second word for a rule that is not there, too."""

_AGAIN = "run scripts/destroy and scripts/deploy; tables and buckets stay"
_SECONDS = 15


def check_rules(account: Account) -> Iterator[Finding]:
    """AWS IoT's rules are enabled, and the stack publishes where its devices listen."""
    if account.stack.runs_here:
        yield note("rules", "not looked at: the local cloud runs the template's rules itself")
        return
    rules, iot = account.of_type("AWS::IoT::TopicRule"), account.client("iot")
    found = (finding for name in rules.values() for finding in _rule(iot, name))
    yield from or_else(found, "rules", f"{len(rules)}, all enabled")
    address = iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"]
    given = account.stack.parameters.get("IotEndpoint", "")
    if given.rpartition("//")[2] == address:
        yield ok("rules", f"messages to devices go to {address}")
    else:
        yield fault(
            "rules",
            f"messages to devices go to {given or 'nowhere'}, and devices of this account listen at {address}",
            "run scripts/deploy, which sets IotEndpoint",
        )


def _rule(iot: Any, name: str) -> Iterator[Finding]:
    try:
        rule = iot.get_topic_rule(ruleName=name)["rule"]
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        yield fault("rules", f"{name} is gone", _AGAIN)
        return
    if rule["ruleDisabled"]:
        yield fault("rules", f"{name} is disabled", f"aws iot enable-topic-rule --rule-name {name}")


def check_functions(account: Account) -> Iterator[Finding]:
    """Each function is ready, and may be invoked by whoever asks; none is run."""
    functions, client = account.of_type("AWS::Lambda::Function"), account.client("lambda")
    found = (finding for name in functions.values() for finding in _function(client, name))
    return or_else(found, "functions", f"{len(functions)}, ready and to be invoked")


def _function(client: Any, name: str) -> Iterator[Finding]:
    try:
        found = client.get_function_configuration(FunctionName=name)
    except ClientError as error:
        if code_of(error) not in _GONE:
            raise
        yield fault("functions", f"{name} is gone", _AGAIN)
        return
    if found["State"] not in ("Active", "Inactive"):  # one that was not called for weeks is started by a call
        yield fault("functions", f"{name} is {found['State']}: {found.get('StateReason', '')}".rstrip(": "), _DEPLOY)
    if found["LastUpdateStatus"] != "Successful":
        reason = f"{found['LastUpdateStatus']}: {found.get('LastUpdateStatusReason', '')}".rstrip(": ")
        yield fault("functions", f"the last update of {name} is {reason}", _DEPLOY)
    try:
        client.invoke(FunctionName=name, InvocationType="DryRun")
    except ClientError as error:
        if not denied(error):
            raise
        yield note("functions", f"these credentials may not invoke {name}", "for commands to devices use others")


_DEPLOY = "wait a minute and check again; if it stays, build the bundles and run scripts/deploy"


def check_api(account: Account) -> Iterator[Finding]:
    """The API answers, over TLS, that a link which nobody sent leads nowhere."""
    base = account.stack.output("PicturesUrl").rstrip("/")
    if not base.startswith("https://") and not account.stack.runs_here:
        yield fault("links", f"links in alerts begin with {base}, without TLS", "run scripts/deploy")
        return
    answer = _answer(f"{base}/p/{secrets.token_urlsafe(32)}")
    if answer == 404:
        yield ok("links", f"{base} answers, and knows no link that nobody was sent")
    elif isinstance(answer, int):
        yield fault("links", f"{base} answers {answer} to an unknown link", "see the log of the function pictures")
    else:
        yield fault("links", f"{base} does not answer ({answer})", "check the network, and the API in the console")


def _answer(url: str) -> int | str:
    """The status, or why there is none."""
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except OSError as error:
        return str(getattr(error, "reason", error))


def check_pictures(account: Account) -> Iterator[Finding]:
    """The function may read the devices' pictures: S3 does not tell it those that it may not read from missing ones."""
    if account.stack.runs_here:
        yield note("pictures", "not looked at: the local cloud holds each function to its role")
        return
    name = account.of_type("AWS::Lambda::Function")["PicturesFunction"]
    role = account.client("lambda").get_function_configuration(FunctionName=name)["Role"]
    pictures = f"arn:{role.split(':')[1]}:s3:::{account.stack.output('SnapshotsBucket')}/snapshots/any.jpg"
    try:
        answer = account.client("iam").simulate_principal_policy(
            PolicySourceArn=role, ActionNames=["s3:GetObject"], ResourceArns=[pictures]
        )
    except ClientError as error:
        if not denied(error):
            raise
        yield note("pictures", f"these credentials may not ask what {role} may do", "to look at that use others")
        return
    if answer["EvaluationResults"][0]["EvalDecision"] == "allowed":
        yield ok("pictures", f"{name} may read them")
    else:
        what = f"{name} may not read them: to it none has arrived"
        yield fault("pictures", what, f"allow {role} s3:GetObject on them")


def check_devices(account: Account) -> Iterator[Finding]:
    """Devices were heard of, and are still heard."""
    found = list(Fleet(account.stack).devices())
    silent = [device.thing for device, late in found if late]
    if silent:
        yield note("devices", f"not heard any more: {', '.join(silent)}", "see `argus cloud devices`")
    if found:
        yield ok("devices", f"{len(found) - len(silent)} of {len(found)} are heard")
    else:
        yield note("devices", "none was heard of so far", "docs/operations.md says how a device is set up")
