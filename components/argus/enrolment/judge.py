"""Is this photo good to recognise somebody by? If not, what would be?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from argus.core.matching import Reason
from argus.core.types import Box
from argus.vision.faces import ReadFace

RULES = 1
"""Raised whenever a change of detector, quality gates or these rules may change a verdict: what was refused under
other rules is looked at again."""

COMPARABLE = 0.5
"""Somebody else in the picture must be less than half as prominent as the person whose photo it is."""


class Refusal(str, Enum):
    """Why a photo is refused."""

    UNREADABLE = "unreadable"
    NO_FACE = "no_face"
    SEVERAL_FACES = "several_faces"
    TOO_SMALL = "too_small"
    BLURRED = "blurred"
    TURNED = "turned"
    TOO_DARK = "too_dark"
    TOO_BRIGHT = "too_bright"
    DUPLICATE = "duplicate"


@dataclass(frozen=True)
class Verdict:
    """What became of a photo.

    Attributes:
        refusal: why it was refused; None when it was accepted.
        message: one sentence for its sender, which says what to do about a refusal.
    """

    refusal: Refusal | None
    message: str

    @property
    def accepted(self) -> bool:
        return self.refusal is None


ACCEPTED = Verdict(None, "accepted")

_NO_FACE = Verdict(
    Refusal.NO_FACE, "no face was found: take the photo from the front, in good light, with the face large in it"
)
_BY_WEAKNESS = {
    Reason.SMALL: Verdict(Refusal.TOO_SMALL, "the face is too small: go closer, or send the photo in its full size"),
    Reason.BLURRED: Verdict(Refusal.BLURRED, "the face is blurred: hold the camera still and let it focus on the face"),
    Reason.TURNED: Verdict(Refusal.TURNED, "the face is turned away: look straight into the camera"),
    Reason.DARK: Verdict(Refusal.TOO_DARK, "the face is too dark: turn towards a window or a lamp"),
    Reason.BRIGHT: Verdict(Refusal.TOO_BRIGHT, "the face is too bright: avoid direct light, or switch off the flash"),
}


def judge(faces: Sequence[ReadFace], width: int, height: int) -> tuple[Verdict, ReadFace | None]:
    """Judges a photo of ``width`` x ``height`` pixels by the faces found in it, in any order.

    Returns:
        The verdict and, when it is accepted, the face of the person whose photo it is.
    """
    if not faces:
        return _NO_FACE, None
    ranked = sorted(faces, key=lambda read: prominence(read.face.box, width, height), reverse=True)
    main = ranked[0]
    rival = prominence(ranked[1].face.box, width, height) if len(ranked) > 1 else 0.0
    if rival >= COMPARABLE * prominence(main.face.box, width, height):
        return _several(len(faces)), None
    if main.poor is not None:
        return _BY_WEAKNESS[main.poor], None
    return ACCEPTED, main


def prominence(box: Box, width: int, height: int) -> float:
    """How much a face is the subject of a picture: its visible area, less the farther it is from the middle."""
    visible = box.clipped(width, height)
    if visible is None:
        return 0.0
    x, y = visible.centre
    off_centre = max(abs(2 * x / width - 1), abs(2 * y / height - 1))
    return visible.area * (1 - off_centre)


def _several(count: int) -> Verdict:
    return Verdict(
        Refusal.SEVERAL_FACES, f"{count} faces, and no one of them is clearly meant: cut the photo to one person"
    )
