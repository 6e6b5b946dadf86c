"""Signatures of collections: ECDSA on P-256 with SHA-256.

Signatures are in DER, as ``openssl`` and KMS write them, in one spelling only: the shortest encoding, and of the two
values of s that are good (s and n - s) the lower one. So nobody can make a second valid signature out of one that they
have seen. A key's id is the beginning of the sha256 of its public half (SubjectPublicKeyInfo in DER).
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from argus.core.errors import SigningError

ALGORITHM = "ecdsa-p256-sha256"
KEY_ID_LENGTH = 16
"""Hexadecimal characters. An id chooses among the keys that are trusted anyway, it proves nothing."""

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of P-256's base point: n in FIPS 186-4, D.1.2.3."""

_MAX_KEY_FILE_BYTES = 16 * 1024
_SIGNATURE = ec.ECDSA(hashes.SHA256())


class P256Verifier:
    """One public key; see :class:`argus.core.ports.Verifier`.

    Raises:
        SigningError: the key is not on the curve P-256.
    """

    def __init__(self, public_key: object) -> None:
        if not isinstance(public_key, ec.EllipticCurvePublicKey) or not isinstance(public_key.curve, ec.SECP256R1):
            raise SigningError("only keys on the curve P-256 sign collections: make one with `argus collection keygen`")
        self._key = public_key
        self.algorithm = ALGORITHM
        der = public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        self.key_id = hashlib.sha256(der).hexdigest()[:KEY_ID_LENGTH]

    @property
    def pem(self) -> bytes:
        """What devices are given."""
        return self._key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """See :class:`argus.core.ports.Verifier`."""
        try:
            if one_spelling(signature) != signature:
                return False
            self._key.verify(signature, message, _SIGNATURE)
        except (ValueError, InvalidSignature):
            return False
        return True


class KeyFileSigner:
    """The private key of a file, PEM (PKCS#8), that nobody but its owner may read.

    Raises:
        SigningError: the file cannot be read, others may read it, or it holds no such key.
    """

    def __init__(self, path: Path) -> None:
        data = _read(path, private=True)
        try:
            key = serialization.load_pem_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:  # TypeError: it has a password
            raise SigningError(
                f"{path} is no private key in PEM without a password: make one with `argus collection keygen`"
            ) from error
        try:
            self.verifier = P256Verifier(key.public_key())
        except SigningError as error:
            raise SigningError(f"{path}: {error}") from error
        assert isinstance(key, ec.EllipticCurvePrivateKey)  # for its public half is
        self._key = key

    def sign(self, message: bytes) -> bytes:
        """See :class:`argus.core.ports.Signer`."""
        return one_spelling(self._key.sign(message, _SIGNATURE))


def read_public_key(path: Path) -> P256Verifier:
    """The public key of a PEM file.

    Raises:
        SigningError: it cannot be read or holds no P-256 public key.
    """
    return parse_public_key(_read(path, private=False), str(path))


def parse_public_key(pem: bytes, name: str) -> P256Verifier:
    """A public key in PEM; ``name`` is what errors call it.

    Raises:
        SigningError: it is none, or not on P-256.
    """
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise SigningError(
            f"{name} is no public key in PEM: give the .pub file of `argus collection keygen`"
        ) from error
    try:
        return P256Verifier(key)
    except SigningError as error:
        raise SigningError(f"{name}: {error}") from error


def make_key(path: Path) -> P256Verifier:
    """Writes a new private key to ``path`` (mode 0600) and its public half to ``path`` + ``.pub``.

    Raises:
        SigningError: one of them exists already, or cannot be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    verifier = P256Verifier(key.public_key())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public_path = path.with_name(f"{path.name}.pub")
    if public_path.exists():
        raise SigningError(f"{public_path} exists already: choose another name, keys are never overwritten")
    _write_new(path, private, 0o600)
    _write_new(public_path, verifier.pem, 0o644)
    return verifier


def one_spelling(signature: bytes) -> bytes:
    """The one spelling of a DER signature that is used here.

    Raises:
        ValueError: it is no DER signature.
    """
    r, s = decode_dss_signature(signature)
    return encode_dss_signature(r, min(s, ORDER - s) if 0 < s < ORDER else s)


def _read(path: Path, *, private: bool) -> bytes:
    try:
        # Looked at and read through one descriptor, so that nobody can exchange the file in between; without waiting
        # for a pipe's other end.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as file:
            mode = os.fstat(descriptor).st_mode
            if not stat.S_ISREG(mode):
                raise SigningError(f"{path} is no file: name the file of a key")
            if private and mode & 0o077:
                raise SigningError(f"{path} can be read by others: `chmod 600` it, or make a new key if others saw it")
            return file.read(_MAX_KEY_FILE_BYTES)
    except OSError as error:
        raise SigningError(
            f"the key {path} cannot be read ({error.strerror}): check the path and its rights"
        ) from error


def _write_new(path: Path, data: bytes, mode: int) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)  # whatever the umask is
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except FileExistsError as error:
        raise SigningError(f"{path} exists already: choose another name, keys are never overwritten") from error
    except OSError as error:
        raise SigningError(
            f"{path} cannot be written ({error.strerror}): choose another place, in a folder that is there"
        ) from error
