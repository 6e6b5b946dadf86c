"""Keys and signatures; OpenSSL's program, where there is one, checks independently."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
import pytest
from botocore.stub import Stubber
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from hypothesis import given
from hypothesis import strategies as st

from argus.core.errors import CollectionDamaged, HeadRefused, SigningError
from argus.core.head import Statement, decode_head, encode_head
from argus.core.trust import TrustPolicy, sign
from argus.storage.open_signer import open_signer
from argus.storage.signing import ORDER, KeyFileSigner, make_key, read_public_key
from argus.storage.signing_kms import KmsSigner
from tests.made_up import face_id

if TYPE_CHECKING:
    from mypy_boto3_kms.literals import KeySpecType, KeyUsageTypeType

NOW = datetime(2024, 5, 1, 12, 30, tzinfo=timezone.utc)
STATEMENT = Statement("staff", 7, face_id("m"), "model", NOW, NOW + timedelta(days=30))
MESSAGE = b"what is signed"

GOLDEN = Path(__file__).parent.parent / "golden" / "signed"
"""A head that was signed once, by a key that was thrown away, and its public half."""


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    (tmp_path / "keys").mkdir()
    make_key(tmp_path / "keys" / "staff")
    return tmp_path / "keys" / "staff"


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> KeyFileSigner:
    path = tmp_path_factory.mktemp("keys") / "staff"
    make_key(path)
    return KeyFileSigner(path)


def test_a_key_is_made_for_its_owner_alone_and_never_overwritten(key_file: Path) -> None:
    public = key_file.with_name("staff.pub")
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert read_public_key(public).key_id == KeyFileSigner(key_file).verifier.key_id
    assert b"PRIVATE" not in public.read_bytes()
    before = key_file.read_bytes()
    with pytest.raises(SigningError, match="never overwritten"):
        make_key(key_file)
    public.unlink()
    with pytest.raises(SigningError, match="never overwritten"):
        make_key(key_file)
    assert key_file.read_bytes() == before
    assert not public.exists()
    (key_file.parent / "other.pub").write_bytes(b"")
    with pytest.raises(SigningError, match="never overwritten"):
        make_key(key_file.parent / "other")
    assert not (key_file.parent / "other").exists()
    with pytest.raises(SigningError, match="choose another place"):
        make_key(key_file / "below a file")


def test_what_a_key_file_signs_its_public_half_verifies(key_file: Path) -> None:
    signer = open_signer(str(key_file))
    verifier = read_public_key(key_file.with_name("staff.pub"))
    for _ in range(20):  # half of all signatures come out with the higher s at first
        assert verifier.verifies(MESSAGE, signer.sign(MESSAGE))
    assert not verifier.verifies(MESSAGE + b".", signer.sign(MESSAGE))
    TrustPolicy((verifier,), lambda: NOW).verify(decode_head(encode_head(sign(STATEMENT, [signer]))))


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl")
def test_openssl_reads_the_keys_and_agrees(key_file: Path, tmp_path: Path) -> None:
    public, signature, message = key_file.with_name("staff.pub"), tmp_path / "signature", tmp_path / "message"
    message.write_bytes(MESSAGE)
    signature.write_bytes(KeyFileSigner(key_file).sign(MESSAGE))
    verify: list[str | Path] = ["openssl", "dgst", "-sha256", "-verify", public, "-signature", signature, message]
    assert subprocess.run(verify, capture_output=True, text=True, check=True).stdout == "Verified OK\n"
    der = subprocess.run(["openssl", "ec", "-pubin", "-in", public, "-outform", "DER"], capture_output=True, check=True)
    digest = subprocess.run(["openssl", "dgst", "-sha256", "-r"], input=der.stdout, capture_output=True, check=True)
    assert digest.stdout.decode().startswith(read_public_key(public).key_id)


def test_the_order_is_that_of_the_base_point() -> None:
    """n - 1 is a private key, and n is none."""
    ec.derive_private_key(ORDER - 1, ec.SECP256R1())
    with pytest.raises(ValueError):
        ec.derive_private_key(ORDER, ec.SECP256R1())


def test_a_signature_has_one_spelling(signer: KeyFileSigner) -> None:
    signature = signer.sign(MESSAGE)
    r, s = decode_dss_signature(signature)
    assert s <= ORDER // 2
    for other in (
        encode_dss_signature(r, ORDER - s),
        encode_dss_signature(r, ORDER + s),
        encode_dss_signature(0, 0),
        encode_dss_signature(r, 0),
        encode_dss_signature(r, ORDER),
        bytes([signature[0], 0x81]) + signature[1:],  # the length in two bytes
        bytes([signature[0], signature[1] + 1, 2, signature[3] + 1, 0]) + signature[4:],  # a zero before r
        signature + b"\0",
        signature[:-1],
        r.to_bytes(32, "big") + s.to_bytes(32, "big"),
        b"",
    ):
        assert not signer.verifier.verifies(MESSAGE, other)


def test_no_flipped_bit_of_a_signature_goes_unnoticed(signer: KeyFileSigner) -> None:
    signature = signer.sign(MESSAGE)
    for bit in range(8 * len(signature)):
        altered = bytearray(signature)
        altered[bit // 8] ^= 1 << bit % 8
        assert not signer.verifier.verifies(MESSAGE, bytes(altered))


@given(signature=st.binary(max_size=80), message=st.binary(max_size=40))
def test_any_bytes_are_no_signature(signer: KeyFileSigner, signature: bytes, message: bytes) -> None:
    assert not signer.verifier.verifies(message, signature)


def test_the_golden_head_is_believed() -> None:
    """Devices that know this public key must go on believing this head."""
    verifier = read_public_key(GOLDEN / "staff.pub")
    data = (GOLDEN / "head.json").read_bytes()
    head = decode_head(data)
    TrustPolicy((verifier,), lambda: NOW, "staff").verify(head)
    assert head.statement == STATEMENT
    assert encode_head(head) == data
    assert [(one.algorithm, one.key_id) for one in head.signatures] == [("ecdsa-p256-sha256", "1d015aa06b767780")]


@given(st.data())
def test_no_flipped_bit_of_a_head_goes_unnoticed(data: st.DataObject) -> None:
    altered = bytearray((GOLDEN / "head.json").read_bytes())
    for bit in data.draw(st.sets(st.integers(0, 8 * len(altered) - 1), min_size=1, max_size=3)):
        altered[bit // 8] ^= 1 << bit % 8
    trust = TrustPolicy((read_public_key(GOLDEN / "staff.pub"),), lambda: NOW)
    with pytest.raises((HeadRefused, CollectionDamaged)):
        trust.verify(decode_head(bytes(altered)))


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o700 | 0o010])
def test_a_private_key_that_others_may_read_is_refused(key_file: Path, mode: int) -> None:
    key_file.chmod(mode)
    with pytest.raises(SigningError, match="chmod 600"):
        KeyFileSigner(key_file)
    key_file.chmod(0o400)
    KeyFileSigner(key_file)


def private_pem(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, password: bytes = b""
) -> bytes:
    protection = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, protection)


def public_pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)


OTHER_KINDS = [
    pytest.param(ec.generate_private_key(ec.SECP384R1()), id="P-384"),
    pytest.param(ec.generate_private_key(ec.SECP256K1()), id="secp256k1"),
    pytest.param(ed25519.Ed25519PrivateKey.generate(), id="Ed25519"),
    pytest.param(rsa.generate_private_key(65537, 2048), id="RSA"),
]


@pytest.mark.parametrize("key", OTHER_KINDS)
def test_keys_of_other_kinds_are_refused(
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    private, public = tmp_path / "key", tmp_path / "key.pub"
    private.write_bytes(private_pem(key))
    private.chmod(0o600)
    public.write_bytes(public_pem(key))
    with pytest.raises(SigningError, match="P-256"):
        KeyFileSigner(private)
    with pytest.raises(SigningError, match="P-256"):
        read_public_key(public)


def test_what_is_no_key_is_one_clear_message(key_file: Path, tmp_path: Path) -> None:
    public = key_file.with_name("staff.pub")
    locked, point, junk, pipe = (tmp_path / name for name in ("locked", "point", "junk", "pipe"))
    locked.write_bytes(private_pem(ec.generate_private_key(ec.SECP256R1()), b"secret"))
    junk.write_bytes(b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" * 1000)
    lines = public.read_bytes().split(b"\n")
    point.write_bytes(b"\n".join([lines[0], lines[1], lines[2][::-1].replace(b"=", b"") + b"==", *lines[3:]]))
    os.mkfifo(pipe, 0o600)
    public.chmod(0o600)
    for path in (locked, point, junk):
        path.chmod(0o600)
    for path in (locked, point, junk, pipe, public, tmp_path, tmp_path / "missing"):
        with pytest.raises(SigningError) as refused:
            KeyFileSigner(path)
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)
    for path in (locked, point, junk, pipe, key_file, tmp_path, tmp_path / "missing"):
        with pytest.raises(SigningError) as refused:
            read_public_key(path)
        assert str(path) in str(refused.value)
        assert "\n" not in str(refused.value)


def kms_key(
    spec: KeySpecType = "ECC_NIST_P256", usage: KeyUsageTypeType = "SIGN_VERIFY", region: str | None = None
) -> str:
    """The ARN of a new key."""
    created = boto3.client("kms", region_name=region).create_key(KeySpec=spec, KeyUsage=usage)
    return created["KeyMetadata"]["Arn"]


def test_a_key_in_kms_signs(aws: str) -> None:
    arn = kms_key()
    boto3.client("kms").create_alias(AliasName="alias/staff", TargetKeyId=arn)
    for name in (arn, arn.rpartition("/")[2], "alias/staff"):
        signer = open_signer(f"kms:{name}")
        for _ in range(4):
            assert signer.verifier.verifies(MESSAGE, signer.sign(MESSAGE))
    assert signer.verifier.key_id == open_signer(f"kms:{arn}").verifier.key_id
    TrustPolicy((signer.verifier,), lambda: NOW).verify(sign(STATEMENT, [signer]))


def test_keys_in_kms_that_cannot_sign_are_one_clear_message(aws: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SigningError, match="ECC_NIST_P256"):
        open_signer(f"kms:{kms_key('RSA_2048')}")
    for name in ("alias/missing", kms_key("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), "", "x y"):
        with pytest.raises(SigningError, match="KMS"):
            open_signer(f"kms:{name}")
    client = boto3.client("kms")
    signer = KmsSigner(client, kms_key())
    with Stubber(client) as refusing, pytest.raises(SigningError, match="did not let"):  # moto lets disabled keys sign
        refusing.add_client_error("sign", "DisabledException")
        signer.sign(MESSAGE)
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    with pytest.raises(SigningError, match="AWS_REGION"):
        open_signer("kms:alias/staff")
    open_signer(f"kms:{kms_key(region='us-east-1')}")
