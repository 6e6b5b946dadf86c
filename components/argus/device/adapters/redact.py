"""Texts without their secrets: camera URLs, and whatever else reaches a log or a message."""

from __future__ import annotations

import re

_URL = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://(?P<authority>[^/?#]*)(?P<rest>.*)", re.DOTALL)
_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


def redact_url(source: str) -> str:
    """``rtsp://user:password@host:554/path?token=x`` -> ``rtsp://host:554/***``; what is no URL is returned as it is.

    Only the host is shown, because cameras take passwords in the path and in the query too. Where even the host is in
    doubt (a password with an unescaped ``/`` or ``@``), nothing but the scheme is shown.
    """
    url = _URL.fullmatch(source.strip())
    if url is None:
        return source
    host = url["authority"].rpartition("@")[2]
    if "@" in url["rest"] or not _HOST.fullmatch(host):
        return f"{url['scheme']}://***"
    return f"{url['scheme']}://{host}" + ("/***" if url["rest"].strip("/") else "")


_HIDDEN = "***"

_PRIVATE_KEY = re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL)

_URL_IN_TEXT = re.compile(r"""[A-Za-z][A-Za-z0-9+.-]{0,20}://(?:\S*@)?[^\s"'<>]*""")
_ENDS = ").,;:!?]"
"""What follows a URL in a sentence."""

_SHOWN_WHOLE = frozenset({"file", "mqtt", "mqtts", "s3", "tcp", "unix"})
"""Schemes whose paths are names and no secrets."""

_AUTHORIZATION = re.compile(
    r"""(?P<name>\bauthorization\\*["']?\s*[=:]\s*(?:b(?=["']))?\\*["']?)[^\r\n"']+""", re.IGNORECASE
)
_NAMED = re.compile(
    r"""(?P<name>(?:passw(?:or)?d|passcode|pwd|(?<![a-z])pw|secret|token|credential|signature|svcuid
        |api[_-]?key|access[_-]?key(?:[_-]?id)?)[\w-]{0,40}\\*["']?\s*[=:]\s*)
        (?:(?:b?\\*"[^"\\\r\n]*\\*"|b?\\*'[^'\\\r\n]*\\*')[^\s"',;&})]*|[^\s"',;&})]+)""",
    re.IGNORECASE | re.VERBOSE,
)
_TOKEN = re.compile(
    r"""\b(?:AKIA|ASIA)[A-Z0-9]{16}\b     # the id of an access key of AWS
    |\beyJ[\w-]+\.[\w-]+\.[\w-]*          # a JSON web token
    |(?<![A-Za-z0-9/+=])(?=[a-z0-9/+]*[A-Z])(?=[A-Z0-9/+]*[a-z])(?=[A-Za-z/+]*[0-9])
     [A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])  # a secret access key
    |[A-Za-z0-9/+=_-]{100,}               # a session token; a picture or vector in base64
    """,
    re.VERBOSE,
)
_PHONE = re.compile(r"(?<![\w.+-])\+[1-9](?:[ ().-]{0,2}[0-9]){7,14}(?![0-9])")


def redact_text(text: str) -> str:
    """Any text without what may be a secret in it.

    Hidden are private keys, what URLs hold beside scheme and host, values that are called a password, secret, token,
    signature or the like, the keys and tokens of AWS, everything long in base64, and phone numbers that begin with +.
    A secret that looks like any other word, and is not named, is not recognised.
    """
    text = _PRIVATE_KEY.sub(_HIDDEN, text)
    text = _AUTHORIZATION.sub(rf"\g<name>{_HIDDEN}", text)
    text = _URL_IN_TEXT.sub(_redacted_in_text, text)
    text = _NAMED.sub(rf"\g<name>{_HIDDEN}", text)
    text = _TOKEN.sub(_HIDDEN, text)
    return _PHONE.sub(_HIDDEN, text)


def _redacted_in_text(found: re.Match[str]) -> str:
    url = found[0].rstrip(_ENDS)
    scheme, _, rest = url.partition("://")
    known = scheme.lower() in _SHOWN_WHOLE and not set("@?") & set(rest)
    return (url if known else redact_url(url)) + found[0][len(url) :]
