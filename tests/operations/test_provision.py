"""``scripts/provision`` against AWS as far as moto imitates it (it has no Greengrass)."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import threading
from pathlib import Path
from typing import Any

import boto3
import botocore.loaders
import botocore.session
import pytest
import yaml
from botocore.client import BaseClient
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from scripts.provisioning.__main__ import main
from scripts.provisioning.documents import Document, compact
from scripts.provisioning.documents import document as policy
from scripts.provisioning.fleet import ensure_iot_policy, ensure_role, ensure_role_alias, ensure_role_policy
from scripts.provisioning.names import names

_REGIONS = iter(sorted(boto3.session.Session().get_available_regions("iot")))

ACCOUNT = "123456789012"


@functools.cache
def loader(path: str | None = None) -> botocore.loaders.Loader:
    """One for all sessions: reading what AWS's services are like takes most of a test's time."""
    return botocore.loaders.create_loader(path)


@pytest.fixture
def region(aws: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """One that nothing is in yet; and an empty folder to stand in."""
    name = next(_REGIONS)
    monkeypatch.setenv("AWS_DEFAULT_REGION", name)
    monkeypatch.setattr(botocore.session, "create_loader", loader)
    monkeypatch.chdir(tmp_path)
    return name


def said(capsys: pytest.CaptureFixture[str], *arguments: str, code: int = 0) -> str:
    assert main(arguments) == code, capsys.readouterr().err
    captured = capsys.readouterr()
    return captured.err if code else captured.out


def test_everything_is_made_once(region: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = said(capsys, "hall-1")
    assert "certificate" in first and first.count(": made\n") == 10
    second = said(capsys, "hall-1")
    assert ": made" not in second and ": changed" not in second
    assert second.count(": as it was") == 10

    iot, iam = boto3.client("iot"), boto3.client("iam")
    (certificate,) = iot.list_thing_principals(thingName="hall-1")["principals"]
    assert (
        iot.describe_certificate(certificateId=certificate.rpartition("/")[2])["certificateDescription"]["status"]
        == "ACTIVE"
    )
    attached = {one["policyName"] for one in iot.list_attached_policies(target=certificate)["policies"]}
    assert attached == {"argus-device", "argus-device-greengrass"}
    assert [one["groupName"] for one in iot.list_thing_groups_for_thing(thingName="hall-1")["thingGroups"]] == ["argus"]
    alias = iot.describe_role_alias(roleAlias="argus-device")["roleAliasDescription"]["roleArn"]
    role = iam.get_role(RoleName=f"argus-device-{region}")["Role"]
    assert alias == role["Arn"]
    allowed = iam.get_role_policy(RoleName=f"argus-device-{region}", PolicyName="argus-device")["PolicyDocument"]
    resources = json.dumps(allowed)
    assert f"arn:aws:s3:::argus-components-{region}-{ACCOUNT}/*" in resources
    assert f"arn:aws:s3:::argus-data-{region}-{ACCOUNT}/snapshots/${{credentials-iot:ThingName}}/*" in resources
    assert "argus-device-logs" not in iam.list_role_policies(RoleName=f"argus-device-{region}")["PolicyNames"]

    s3 = boto3.client("s3")
    for bucket in ("components", "data"):
        name = f"argus-{bucket}-{region}-{ACCOUNT}"
        assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=f"argus-data-{region}-{ACCOUNT}")["Rules"]
    assert (rule["Filter"]["Prefix"], rule["Expiration"]["Days"]) == ("snapshots/", 30)


def test_the_files_are_what_a_nucleus_starts_with(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "hall-1", "--out", "files")
    folder = Path("files")
    assert (folder / "private.pem.key").stat().st_mode & 0o777 == 0o600
    assert (folder / "private.pem.key").read_text().startswith("-----BEGIN")
    assert (folder / "device.pem.crt").read_text().startswith("-----BEGIN CERTIFICATE")
    for name, nucleus in (("greengrass-classic", "Nucleus"), ("greengrass-lite", "NucleusLite")):
        found = yaml.safe_load((folder / f"{name}.yaml").read_text())
        assert found["system"]["thingName"] == "hall-1"
        configured = found["services"][f"aws.greengrass.{nucleus}"]["configuration"]
        assert (configured["awsRegion"], configured["iotRoleAlias"]) == (region, "argus-device")
        assert re.fullmatch(rf"\w+-ats\.iot\.{region}\.amazonaws\.com", configured["iotDataEndpoint"])
        assert re.fullmatch(rf"\w+\.credentials\.iot\.{region}\.amazonaws\.com", configured["iotCredEndpoint"])


def test_a_key_is_never_written_over(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "hall-1")
    key = Path("hall-1/private.pem.key").read_bytes()
    assert "name another folder with --out" in said(capsys, "hall-1", "--new-certificate", code=1)
    assert Path("hall-1/private.pem.key").read_bytes() == key
    said(capsys, "hall-1", "--new-certificate", "--out", "next")
    assert Path("next/private.pem.key").read_bytes() != key
    assert len(boto3.client("iot").list_thing_principals(thingName="hall-1")["principals"]) == 2


def test_a_device_may_keep_its_key(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hall-1")])
    request = x509.CertificateSigningRequestBuilder().subject_name(name)
    signed = request.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    Path("hall-1.csr").write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    said(capsys, "hall-1", "--csr", "hall-1.csr")
    assert not Path("hall-1/private.pem.key").exists()
    assert x509.load_pem_x509_certificate(Path("hall-1/device.pem.crt").read_bytes())


def test_a_policy_that_was_taken_away_comes_back(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "hall-1")
    iot = boto3.client("iot")
    (certificate,) = iot.list_thing_principals(thingName="hall-1")["principals"]
    iot.detach_policy(policyName="argus-device", target=certificate)
    said(capsys, "hall-1")
    attached = {one["policyName"] for one in iot.list_attached_policies(target=certificate)["policies"]}
    assert attached == {"argus-device", "argus-device-greengrass"}


def test_removed_and_removed_again(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    for thing in ("hall-1", "hall-2"):
        said(capsys, thing)
    iot = boto3.client("iot")
    (kept,) = iot.list_thing_principals(thingName="hall-2")["principals"]
    gone = said(capsys, "--remove", "hall-1")
    assert "thing hall-1: removed" in gone and "/snapshots/hall-1/" in gone
    assert [one["thingName"] for one in iot.list_things()["things"]] == ["hall-2"]
    assert [one["certificateArn"] for one in iot.list_certificates()["certificates"]] == [kept]
    assert "thing hall-1: not there" in said(capsys, "--remove", "hall-1")
    assert "thing hall-2: as it was" in said(capsys, "hall-2")


def test_a_certificate_that_another_thing_has_stays(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "hall-1")
    iot = boto3.client("iot")
    (shared,) = iot.list_thing_principals(thingName="hall-1")["principals"]
    iot.create_thing(thingName="twin")
    iot.attach_thing_principal(thingName="twin", principal=shared)
    assert "other things have it too" in said(capsys, "--remove", "hall-1")
    assert iot.describe_certificate(certificateId=shared.rpartition("/")[2])["certificateDescription"]["status"] == (
        "ACTIVE"
    )


def rights(what: object) -> Document:
    statement = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{what}"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def trust(service: str) -> Document:
    principal = {"Service": f"{service}.amazonaws.com"}
    return {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
    }


def test_what_differs_is_put_right(region: str) -> None:
    iot, iam = boto3.client("iot"), boto3.client("iam")
    states = [ensure_iot_policy(iot, "p", rights(number)) for number in (1, 1, 2, 3, 4, 5, 6, 7)]
    assert states == ["made", "as it was", *["changed"] * 6]
    assert iot.get_policy(policyName="p")["policyDocument"] == compact(rights(7))

    name = f"r-{region}"
    arn, state = ensure_role(iam, name, trust("iot"))
    assert (state, ensure_role(iam, name, trust("iot"))) == ("made", (arn, "as it was"))
    assert ensure_role(iam, name, trust("credentials.iot")) == (arn, "changed")
    assert [ensure_role_policy(iam, name, "p", rights(one)) for one in "aab"] == ["made", "as it was", "changed"]
    other, _ = ensure_role(iam, f"other-{region}", trust("iot"))
    assert [ensure_role_alias(iot, "a", one) for one in (arn, arn, other)] == ["made", "as it was", "changed"]


def test_logs_are_a_right_that_is_asked_for(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    said(capsys, "--logs")
    policies = boto3.client("iam").list_role_policies(RoleName=f"argus-device-{region}")["PolicyNames"]
    assert set(policies) == {"argus-device", "argus-device-logs"}


@pytest.mark.parametrize(
    "arguments, says",
    [
        (["hall 1"], "letters, digits"),
        (["--account", "210987654321", "hall-1"], "are of account 123456789012"),
    ],
)
def test_wrong_use(region: str, capsys: pytest.CaptureFixture[str], arguments: list[str], says: str) -> None:
    assert says in said(capsys, *arguments, code=2)
    assert not boto3.client("iot").list_things()["things"]


def test_what_aws_refuses_is_one_sentence(region: str, capsys: pytest.CaptureFixture[str]) -> None:
    line = said(capsys, "--data-bucket", "x", code=1)
    assert line.startswith("argus: AWS refuses CreateBucket (") and line.count("\n") == 1


RIGHTS = {
    "s3:HeadBucket": "s3:ListBucket",
    "s3:PutPublicAccessBlock": "s3:PutBucketPublicAccessBlock",
    "s3:PutBucketLifecycleConfiguration": "s3:PutLifecycleConfiguration",
}
"""Calls that need another right than their name says."""


def test_the_operators_policy_has_every_right_that_is_needed(
    region: str, root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: set[str] = set()
    call = BaseClient._make_api_call  # type: ignore[attr-defined]

    def noting(client: Any, operation: str, parameters: Any) -> Any:
        service = client.meta.service_model.signing_name
        if threading.current_thread() is threading.main_thread():  # other threads are what another test leaves behind
            asked.add(RIGHTS.get(f"{service}:{operation}", f"{service}:{operation}"))
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", noting)
    said(capsys, "--logs", "hall-1")
    said(capsys, "--remove", "hall-1")
    operator = policy(root, "iam-operator", names(root, ACCOUNT, region).values)
    listed = {action for statement in operator["Statement"] for action in statement["Action"]}
    assert len(asked) > 20
    assert asked - listed == {"sts:GetCallerIdentity"}, "for which nobody needs a right"
    assert "iam:PassRole" in listed  # to make a role alias
    assert len(compact(operator)) <= 6144  # what IAM takes


def sections(text: str) -> dict[str, Any]:
    """What a dry run prints, heading -> text."""
    parts = re.split(
        r"^# (AWS IoT policy .*|trust .*|rights .*|policy .*|buckets|greengrass-\w+\.yaml)$", text, flags=re.MULTILINE
    )
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def test_a_dry_run_asks_nobody(root: Path) -> None:
    """Run as a user does, with no credentials, and an AWS that does not answer."""
    unreachable = {"AWS_ENDPOINT_URL": "http://127.0.0.1:9", "AWS_CONFIG_FILE": "/nonexistent", "HOME": "/nonexistent"}
    done = subprocess.run(
        [root / "scripts" / "provision", "--dry-run", "hall-1", "--region", "eu-central-1", "--logs"],
        env={"PATH": "/usr/bin:/bin", **unreachable},
        capture_output=True,
        text=True,
        check=True,
    )
    found = sections(done.stdout)
    assert len(found) == 9
    for what, text in found.items():
        if what.startswith(("AWS IoT policy", "policy", "trust", "rights")):
            assert json.loads(text)["Statement"]
    assert found["buckets"].split() == [
        "argus-components-eu-central-1-123456789012",
        "argus-data-eu-central-1-123456789012",
    ]
