"""Which names a blob may have, in every store alike."""

from __future__ import annotations

MAX_BLOB_BYTES = 64 * 1024 * 1024
"""Nothing that Argus keeps is larger; what is, is refused before it fills the memory."""


def is_key(key: str) -> bool:
    """Whether ``key`` is made of names, each printable, without a backslash, and without a dot at its start."""
    return all(name and not name.startswith(".") and "\\" not in name and name.isprintable() for name in key.split("/"))


def check_key(key: str) -> str:
    """``key`` itself.

    Raises:
        ValueError: it is none.
    """
    if not is_key(key):
        raise ValueError(f"not a key: {key!r}")
    return key
