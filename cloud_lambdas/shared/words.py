"""Words of foreign origin in messages to people: nothing in them can break a line, turn the text round or fill it."""

from __future__ import annotations

import unicodedata


def shown(text: str, longest: int) -> str:
    """``text`` on one line, without what cannot be seen (control and direction characters), cut to ``longest``."""
    visible = "".join(character if character.isprintable() else " " for character in text[: 4 * longest])
    line = " ".join(visible.split())
    return line if len(line) <= longest else f"{line[: longest - 3].rstrip()}..."


def ascii_only(text: str) -> str:
    """``text`` with marks taken off letters, and ``?`` for what ASCII has nothing like."""
    plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return plain.encode("ascii", "replace").decode()


def place_words(camera: str) -> str:
    """A camera's id as words: ``front-door`` is ``Front door``."""
    words = " ".join(camera.replace("-", " ").replace("_", " ").replace(":", " ").split()) or camera
    return words[:1].upper() + words[1:]
