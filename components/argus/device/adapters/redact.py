"""Camera URLs without their secrets."""

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
