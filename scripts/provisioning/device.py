"""One device in the account: a thing with its certificate, in the group, with the policies; and how it goes again."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import boto3
from botocore.exceptions import ClientError

from scripts.provisioning.errors import ProvisioningError, code_of
from scripts.provisioning.fleet import Say
from scripts.provisioning.names import IOT_POLICIES, Names

_DETACHING_SECONDS = 30.0
"""AWS IoT takes some seconds until it knows that a certificate was detached."""

_STILL_ATTACHED = ("DeleteConflictException", "InvalidRequestException")


@dataclass(frozen=True)
class Endpoints:
    """Where a device finds AWS IoT Core: for messages, and for credentials."""

    data: str
    credentials: str


@dataclass(frozen=True)
class Certificate:
    """``private_key`` is None when the device made its own and keeps it."""

    arn: str
    id: str
    pem: str
    private_key: str | None


def endpoints(iot: Any) -> Endpoints:
    return Endpoints(
        data=iot.describe_endpoint(endpointType="iot:Data-ATS")["endpointAddress"],
        credentials=iot.describe_endpoint(endpointType="iot:CredentialProvider")["endpointAddress"],
    )


def ensure_thing(iot: Any, thing: str, group: str, say: Say) -> None:
    """The thing, as a member of the group."""
    try:
        iot.describe_thing(thingName=thing)
        say(f"thing {thing}: as it was")
    except iot.exceptions.ResourceNotFoundException:
        iot.create_thing(thingName=thing)
        say(f"thing {thing}: made")
    iot.add_thing_to_thing_group(thingName=thing, thingGroupName=group)


def certificates_of(iot: Any, thing: str) -> Sequence[str]:
    """The ARNs of the certificates that a thing has."""
    found: Sequence[str] = iot.list_thing_principals(thingName=thing)["principals"]
    return found


def make_certificate(iot: Any, csr: str | None) -> Certificate:
    """A new one, inactive until :func:`give_certificate`; with a request (CSR) the private key stays where it is."""
    if csr is not None:
        made = iot.create_certificate_from_csr(certificateSigningRequest=csr, setAsActive=False)
        return Certificate(made["certificateArn"], made["certificateId"], made["certificatePem"], None)
    made = iot.create_keys_and_certificate(setAsActive=False)
    key = made["keyPair"]["PrivateKey"]
    return Certificate(made["certificateArn"], made["certificateId"], made["certificatePem"], key)


def give_certificate(iot: Any, thing: str, certificate: Certificate) -> None:
    """From now on whoever has the certificate's key is that device.

    It is the thing's alone: so the policies' variables hold whatever client id a connection has (the classic nucleus
    numbers its further ones).
    """
    attach_policies(iot, certificate.arn)
    iot.attach_thing_principal(thingName=thing, principal=certificate.arn, thingPrincipalType="EXCLUSIVE_THING")
    iot.update_certificate(certificateId=certificate.id, newStatus="ACTIVE")


def attach_policies(iot: Any, certificate_arn: str) -> None:
    """Those that the certificate has already stay."""
    for policy in IOT_POLICIES:
        iot.attach_policy(policyName=policy, target=certificate_arn)


def remove_device(session: boto3.session.Session, thing: str, names: Names, say: Say) -> None:
    """Takes thing, certificates and core device away; what the device stored in S3 stays, and is named.

    Raises:
        ProvisioningError: AWS IoT does not let it go.
    """
    iot = session.client("iot")
    try:
        iot.describe_thing(thingName=thing)
    except iot.exceptions.ResourceNotFoundException:
        say(f"thing {thing}: not there")
    else:
        for arn in certificates_of(iot, thing):
            _take_certificate(iot, thing, arn, say)
        _once_detached(lambda: iot.delete_thing(thingName=thing), f"thing {thing}")
        say(f"thing {thing}: removed")
    try:
        session.client("greengrassv2").delete_core_device(coreDeviceThingName=thing)
        say(f"core device {thing}: removed")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] != 404:
            raise
        say(f"core device {thing}: not there")
    say(f"what it stored stays: s3://{names.data_bucket}/snapshots/{thing}/")
    say(f"and its confirmations: s3://{names.data_bucket}/collections/<id>/devices/{thing}.json")


def _take_certificate(iot: Any, thing: str, arn: str, say: Say) -> None:
    iot.detach_thing_principal(thingName=thing, principal=arn)
    if iot.list_principal_things(principal=arn)["things"]:
        say(f"certificate {arn}: other things have it too, so it stays")
        return
    id_ = arn.rpartition("/")[2]
    iot.update_certificate(certificateId=id_, newStatus="INACTIVE")
    for policy in iot.list_attached_policies(target=arn)["policies"]:
        iot.detach_policy(policyName=policy["policyName"], target=arn)
    _once_detached(lambda: iot.delete_certificate(certificateId=id_), f"certificate {id_}")
    say(f"certificate {id_}: removed")


def _once_detached(delete: Callable[[], object], what: str) -> None:
    until = time.monotonic() + _DETACHING_SECONDS
    while True:
        try:
            delete()
            return
        except ClientError as error:
            if code_of(error) not in _STILL_ATTACHED:
                raise
            if time.monotonic() >= until:
                raise ProvisioningError(
                    f"AWS IoT says that the {what} is still attached: run the same again"
                ) from error
        time.sleep(1)
