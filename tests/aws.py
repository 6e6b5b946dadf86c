"""AWS as far as moto imitates it: a server of its own process, spoken to over HTTP as AWS is."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Iterator

import boto3
import pytest

SERVER = """
import sys
from moto.server import ThreadedMotoServer
from cloud_lambdas.local.moto_repairs import mend

mend()
server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
server.start()
print(server.get_host_and_port()[1], flush=True)
sys.stdin.read()
"""
"""Its writes come one after the other, as AWS's do. Ends with whoever started it, whose end of the pipe closes then."""


@pytest.fixture(scope="session")
def moto_server() -> Iterator[str]:
    """The address of a server with S3 and KMS; what is in it stays until the tests end."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        assert server.stdout is not None
        yield f"http://127.0.0.1:{int(server.stdout.readline())}"


@pytest.fixture
def aws(moto_server: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """:func:`moto_server`, as the AWS account of this test and of every process that it starts."""
    for name, value in {
        "AWS_ENDPOINT_URL": moto_server,
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SHARED_CREDENTIALS_FILE": "/nonexistent",
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_REGION"):
        monkeypatch.delenv(name, raising=False)
    return moto_server


@pytest.fixture
def bucket(aws: str) -> str:
    """The name of a new bucket in S3."""
    name = f"argus-{uuid.uuid4().hex}"
    boto3.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
    return name
