from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from argus.cli.main import main
from argus.core.head import decode_head
from argus.device.adapters.clock import SystemClock
from argus.storage.open_store import open_collection
from argus.storage.repository import folder_collection
from argus.storage.signing import read_public_key
from tests.made_up import enrolled

Collection = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def no_keys_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ARGUS_SIGN_WITH", "ARGUS_TRUST"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection that is not signed, of two versions."""
    for name in ("ann", "bob"):
        store(tmp_path / "staff", name)
    return tmp_path / "staff"


@pytest.fixture
def keys(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> tuple[Path, Path]:
    made = tmp_path / "old", tmp_path / "new"
    for key in made:
        assert main(["collection", "keygen", str(key)]) == 0
    capsys.readouterr()
    return made


@pytest.fixture
def collection(folder: Path, capsys: pytest.CaptureFixture[str]) -> Collection:
    def run(command: str, *arguments: str | Path) -> tuple[int, str, str]:
        code = main(["collection", command, "--collection", str(folder), *map(str, arguments)])
        return code, *capsys.readouterr()

    return run


def store(folder: Path, name: str) -> None:
    folder_collection(folder, SystemClock().now).update(lambda old: old.with_person(enrolled(name)))


def public(key: Path) -> Path:
    return key.with_name(f"{key.name}.pub")


def key_ids(folder: Path) -> list[str]:
    return [one.key_id for one in decode_head((folder / "head.json").read_bytes()).signatures]


def record(answer: tuple[int, str, str]) -> dict[str, Any]:
    assert (answer[0], answer[2]) == (0, "")
    found: dict[str, Any] = json.loads(answer[1])
    return found


def test_keygen_tells_the_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = tmp_path / "key"
    assert main(["collection", "keygen", str(key), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made == {"key_id": read_public_key(public(key)).key_id, "private": str(key), "public": str(public(key))}
    assert main(["collection", "keygen", str(key)]) == 2
    assert "never overwritten" in capsys.readouterr().err


def test_what_nobody_vouches_for_is_signed_on_purpose_only(
    collection: Collection, folder: Path, keys: tuple[Path, Path]
) -> None:
    before = (folder / "head.json").read_bytes()
    code, _, error = collection("sign", "--sign-with", keys[0])
    assert (code, (folder / "head.json").read_bytes()) == (2, before)
    assert "--adopt" in error
    signed = record(collection("sign", "--sign-with", keys[0], "--adopt", "--json"))
    assert signed["key_ids"] == key_ids(folder) == [read_public_key(public(keys[0])).key_id]
    assert (signed["sequence"], signed["people"], signed["expires_at"]) == (3, 2, None)


def test_keys_are_rotated(collection: Collection, folder: Path, keys: tuple[Path, Path]) -> None:
    old, new = keys
    assert collection("sign", "--sign-with", old, "--adopt")[0] == 0
    assert collection("sign", "--sign-with", old, "--sign-with", new)[0] == 0
    assert key_ids(folder) == [read_public_key(public(key)).key_id for key in keys]
    assert collection("sign", "--sign-with", new)[0] == 0
    code, _, error = collection("sign", "--sign-with", old)
    assert (code, "is trusted" in error) == (2, True)
    assert collection("sign", "--sign-with", old, "--trust", public(new))[0] == 0


def test_keys_come_from_the_environment(
    collection: Collection, folder: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    code, _, error = collection("sign", "--adopt")
    assert (code, "ARGUS_SIGN_WITH" in error) == (2, True)
    monkeypatch.setenv("ARGUS_SIGN_WITH", f"{keys[0]}, {keys[1]}")
    assert collection("sign", "--adopt")[0] == 0
    assert len(key_ids(folder)) == 2
    assert collection("sign", "--sign-with", keys[0])[0] == 0
    assert len(key_ids(folder)) == 1
    monkeypatch.setenv("ARGUS_SIGN_WITH", str(keys[1]))
    assert collection("sign")[0] == 2
    monkeypatch.setenv("ARGUS_TRUST", str(public(keys[0])))
    assert collection("sign")[0] == 0


def test_an_expiry_is_set_kept_and_lifted(collection: Collection, keys: tuple[Path, Path]) -> None:
    sign = ("sign", "--sign-with", keys[0], "--json")
    for arguments in (("--adopt", "--expires-in", "30"), ()):
        signed = record(collection(*sign, *arguments))
        issued_at, expires_at = (
            datetime.fromisoformat(signed[name].rstrip("Z")) for name in ("issued_at", "expires_at")
        )
        assert expires_at - issued_at == timedelta(days=30)
    assert record(collection(*sign, "--expires-in", "never"))["expires_at"] is None


@pytest.mark.parametrize("days", ["0", "-1", "nan", "inf", "1e9", "soon"])
def test_a_wrong_expiry_is_refused(collection: Collection, days: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        collection("sign", "--expires-in", days)
    assert "a number of days" in capsys.readouterr().err


def test_an_older_version_is_current_again(collection: Collection, folder: Path, keys: tuple[Path, Path]) -> None:
    two = record(collection("sign", "--sign-with", keys[0], "--adopt", "--json"))["version"]
    [first] = [path.stem for path in (folder / "manifests").iterdir() if path.stem != two]
    back = record(collection("rollback", first[:12], "--sign-with", keys[0], "--json"))
    assert (back["version"], back["sequence"], back["people"], len(back["key_ids"])) == (first, 4, 1, 1)
    code, out, _ = collection("rollback", two, "--sign-with", keys[0])
    assert (code, f"version {two[:12]} is current again, as number 5" in out) == (0, True)
    code, _, error = collection("rollback", "0" * 64, "--sign-with", keys[0])
    assert (code, "no version" in error) == (2, True)
    assert collection("rollback", first)[0] == 2


def test_an_unsigned_collection_goes_back_without_a_key(collection: Collection, folder: Path) -> None:
    current = decode_head((folder / "head.json").read_bytes()).statement.manifest_sha256
    [first] = [path.stem for path in (folder / "manifests").iterdir() if path.stem != current]
    assert record(collection("rollback", first, "--json"))["key_ids"] == []


def test_a_restored_backup_gets_above_what_devices_have_seen(collection: Collection, keys: tuple[Path, Path]) -> None:
    sign = ("sign", "--sign-with", keys[0], "--json")
    assert record(collection(*sign, "--adopt", "--after", "500"))["sequence"] == 501
    assert record(collection(*sign, "--after", "7"))["sequence"] == 502


def test_kms_signs_what_is_in_s3(bucket: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = f"s3://{bucket}/staff"
    repository = open_collection(place, SystemClock().now)
    first, _ = (repository.update(lambda old, name=name: old.with_person(enrolled(name))) for name in ("ann", "bob"))  # type: ignore[misc]
    kms = boto3.client("kms")
    key = kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")["KeyMetadata"]["KeyId"]
    public_key = load_der_public_key(kms.get_public_key(KeyId=key)["PublicKey"])
    (tmp_path / "kms.pub").write_bytes(public_key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    sign = ["--collection", place, "--sign-with", f"kms:{key}", "--json"]
    assert main(["collection", "sign", *sign, "--adopt"]) == 0
    assert main(["collection", "rollback", first.version, *sign]) == 0
    assert [json.loads(line)["people"] for line in capsys.readouterr().out.splitlines()] == [2, 1]
    assert main(["people", "--collection", place, "--trust", str(tmp_path / "kms.pub"), "list"]) == 0
    assert "Ann" in capsys.readouterr().out


def test_people_are_changed_with_a_key_and_believed_with_another(
    collection: Collection,
    folder: Path,
    keys: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def people(*arguments: str | Path) -> int:
        return main(["people", "--collection", str(folder), *map(str, arguments)])

    assert collection("sign", "--sign-with", keys[0], "--adopt")[0] == 0
    assert people("rename", "ann", "Ann Lee") == 2
    assert "ARGUS_SIGN_WITH" in capsys.readouterr().err
    assert people("--sign-with", keys[0], "rename", "ann", "Ann Lee") == 0
    monkeypatch.setenv("ARGUS_SIGN_WITH", "a key that listing does not need")
    assert people("--trust", public(keys[0]), "list") == 0
    assert "Ann Lee" in capsys.readouterr().out
    assert people("--trust", public(keys[1]), "list") == 2
    assert "is trusted" in capsys.readouterr().err


@pytest.mark.parametrize("command", [["watch", "--source", "missing.mp4"], ["identify", "missing.jpg"]])
def test_who_recognises_believes_only_what_a_trusted_key_signed(
    command: list[str], folder: Path, keys: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command, "--collection", str(folder), "--trust", str(public(keys[0]))]) == 2
    assert "not signed" in capsys.readouterr().err
