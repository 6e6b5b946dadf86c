"""What GStreamer's command line prints -> one sentence for people, without secrets."""

from __future__ import annotations

import re
from collections.abc import Sequence

from argus.device.adapters.redact import redact_text

GST_LAUNCH = "gst-launch-1.0"

MISSING = (
    "GStreamer is not installed: install gstreamer1.0-tools, and the plugins that the pipeline needs "
    "(gstreamer1.0-plugins-base, gstreamer1.0-plugins-good)."
)

_ERRONEOUS = "WARNING: erroneous pipeline: "
_FROM_ELEMENT = re.compile(r"ERROR: from element \S+: (?P<what>.*)")

_INSTALL = "install the plugins that have it"
_TRY = f"try the pipeline by itself, with {GST_LAUNCH}"

_MAX_CHARACTERS = 300


def said(lines: Sequence[str], words: Sequence[str]) -> str:
    """The first fault among ``lines``, as a part of a sentence; empty when there is none.

    Args:
        lines: what was printed to standard error.
        words: the pipeline, whose secrets must not be repeated.
    """
    for number, line in enumerate(lines):
        if line.startswith(_ERRONEOUS):
            fault = line.removeprefix(_ERRONEOUS)
            return _shown(fault, words, _INSTALL if fault.startswith("no element") else _TRY)
        found = _FROM_ELEMENT.match(line)
        if found is not None:
            # "Additional debug info:", where in the source that is, and then often what it is about.
            detail = lines[number + 3 : number + 4] if lines[number + 1 : number + 2] else []
            about = " ".join([found["what"], *(text for text in detail if not text.startswith("ERROR"))])
            return _shown(about, words, _TRY)
    return ""


def _shown(text: str, words: Sequence[str], remedy: str) -> str:
    for word in words:
        value = word.partition("=")[2]
        if value and redact_text(word) != word:
            text = text.replace(value, "***")
    # What follows a colon says what to do, in all messages.
    fault = redact_text(text)[:_MAX_CHARACTERS].rstrip(". ").replace(": ", ", ")
    return f"{fault}, says GStreamer; {remedy}"
