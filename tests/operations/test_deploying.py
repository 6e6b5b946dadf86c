"""``scripts/deploy_device``. Nothing imitates Greengrass, so its three calls are answered by a double of their HTTP."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import boto3
import pytest
from botocore.validate import ParamValidator

from argus import __version__
from scripts.provisioning.deploying import main
from scripts.provisioning.deployment import COMPONENT, deployment

HALL = {
    "cameras": {"door": {"source": "rtsp://camera.local/stream", "min_face_px": 40}},
    "collections": {"staff": {"place": "s3://argus-data-eu-central-1-123456789012/collections/staff"}},
}
GROUP = "arn:aws:iot:eu-central-1:123456789012:thinggroup/argus"


class Greengrass(ThreadingHTTPServer):
    """Keeps deployments, and answers as the service's API reference says."""

    def __init__(self) -> None:
        self.deployments: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    server: Greengrass

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        found = self.server.deployments
        if url.path == "/greengrass/v2/deployments":
            asked = parse_qs(url.query)
            assert asked["historyFilter"] == ["LATEST_ONLY"]
            newest = [one for one in found if one["targetArn"] == asked["targetArn"][0]][-1:]
            self.answer({"deployments": [{"deploymentId": one["deploymentId"]} for one in newest]})
        else:
            id_ = unquote(url.path.rpartition("/")[2])
            self.answer(next(one for one in found if one["deploymentId"] == id_))

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        request["deploymentId"] = f"d{len(self.server.deployments) + 1}"
        self.server.deployments.append(request)
        self.answer({"deploymentId": request["deploymentId"]})

    def answer(self, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing on stderr."""


@pytest.fixture
def greengrass(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Greengrass]:
    with Greengrass() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL_GREENGRASSV2", server.url)
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def hall(tmp_path: Path) -> str:
    path = tmp_path / "hall-1.json"
    path.write_text(json.dumps(HALL), encoding="utf-8")
    return str(path)


def test_the_file_is_the_whole_configuration(greengrass: Greengrass, hall: str) -> None:
    assert main([hall, "--thing", "hall-1"]) == 0
    (made,) = greengrass.deployments
    assert made["targetArn"] == "arn:aws:iot:eu-central-1:123456789012:thing/hall-1"
    component = made["components"][COMPONENT]
    assert component["componentVersion"] == __version__
    reset = component["configurationUpdate"]["reset"]
    assert {"/cameras", "/collections", "/log"} <= set(reset)
    assert not {"", "/accessControl"} & set(reset)
    assert json.loads(component["configurationUpdate"]["merge"]) == HALL


def test_what_else_the_target_runs_stays(greengrass: Greengrass, hall: str) -> None:
    logs = {"componentVersion": "2.3.7", "configurationUpdate": {"merge": "{}"}}
    policies = {"failureHandlingPolicy": "ROLLBACK"}
    greengrass.deployments += [
        {"deploymentId": "x", "targetArn": GROUP, "deploymentName": "all", "deploymentPolicies": policies}
        | {"components": {"aws.greengrass.LogManager": logs, COMPONENT: {"componentVersion": "0.0.1"}}},
        {"deploymentId": "y", "targetArn": f"{GROUP}-2", "components": {"other": {"componentVersion": "1.0.0"}}},
    ]
    assert main([hall, "--group", "argus", "--merge"]) == 0
    made = greengrass.deployments[-1]
    assert (made["deploymentName"], made["deploymentPolicies"]) == ("all", policies)
    assert set(made["components"]) == {"aws.greengrass.LogManager", COMPONENT}
    assert made["components"]["aws.greengrass.LogManager"] == logs
    assert "reset" not in made["components"][COMPONENT]["configurationUpdate"]

    assert main(["--group", "argus", "--version", "0.0.1"]) == 0  # back, with what is configured
    back = greengrass.deployments[-1]["components"][COMPONENT]
    assert back == {**made["components"][COMPONENT], "componentVersion": "0.0.1"}


@pytest.mark.parametrize(
    "content, says",
    [
        ("{", "is no JSON"),
        ('{"cameras": {"door": {"source": "0", "rat": 1}}}', "cameras.door.rat: "),
        ("[]", "the configuration"),
    ],
)
def test_what_a_device_would_refuse_is_not_deployed(
    greengrass: Greengrass, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, says: str
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    assert main([str(path), "--thing", "hall-1"]) == 1
    assert says in capsys.readouterr().err
    assert not greengrass.deployments


def test_a_dry_run_prints_what_the_aws_cli_takes(root: Path, hall: str) -> None:
    command: list[str | Path] = [
        root / "scripts" / "deploy_device",
        hall,
        "--group",
        "argus",
        "--reset",
        "/cameras",
        "--dry-run",
    ]
    nothing = {"AWS_CONFIG_FILE": "/nonexistent", "HOME": "/nonexistent", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    env = {"PATH": "/usr/bin:/bin", "AWS_DEFAULT_REGION": "eu-central-1", **nothing}
    request = json.loads(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert request["targetArn"] == GROUP
    assert request["components"][COMPONENT]["configurationUpdate"]["reset"] == ["/cameras"]
    service = boto3.client("greengrassv2", region_name="eu-central-1").meta.service_model
    shape = service.operation_model("CreateDeployment").input_shape
    assert not ParamValidator().validate(request, shape).has_errors()


def test_nothing_is_updated_that_was_not_asked_for() -> None:
    assert deployment(GROUP, {}, "1.2.3", merge=None, reset=()) == {
        "targetArn": GROUP,
        "components": {COMPONENT: {"componentVersion": "1.2.3"}},
    }
