"""Is this photo good to recognise somebody by? If not, what would be?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from argus.core.matching import Reason
from argus.core.types import Box, Face
from argus.vision.faces import ReadFace
from argus.vision.quality import MIN_FACE_PX, nose_offset

RULES = 2
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
    UNLIKE = "unlike"
    COLLISION = "collision"


OVERRULABLE = frozenset(
    {
        Refusal.TOO_SMALL,
        Refusal.BLURRED,
        Refusal.TURNED,
        Refusal.TOO_DARK,
        Refusal.TOO_BRIGHT,
        Refusal.UNLIKE,
        Refusal.COLLISION,
    }
)
"""What somebody who knows the photo may overrule: it shows one face, of whoever they say, if not a good one. Faces
under 40 px are not found at all; at 40 px, 58 of 60 people in press photos were still recognised."""


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

    @property
    def overrulable(self) -> bool:
        return self.refusal in OVERRULABLE


ACCEPTED = Verdict(None, "accepted")

_NO_FACE = Verdict(
    Refusal.NO_FACE, "no face was found: take the photo from the front, in good light, with the face large in it"
)
_BY_WEAKNESS = {
    Reason.BLURRED: Verdict(
        Refusal.BLURRED, "the face is blurred: hold still, wipe the lens, and let the camera focus on the face"
    ),
    Reason.DARK: Verdict(Refusal.TOO_DARK, "the face is too dark: turn towards a window or a lamp"),
    Reason.BRIGHT: Verdict(Refusal.TOO_BRIGHT, "the face is too bright: avoid direct light, or switch off the flash"),
}

_CLEARLY_TURNED = 0.1
"""Of the eyes' distance, that the nose is off the middle between them: half of press photos have more than 0.05."""


def judge(
    faces: Sequence[ReadFace], width: int, height: int, *, force: bool = False
) -> tuple[Verdict, ReadFace | None]:
    """Judges a photo of ``width`` x ``height`` pixels by the faces found in it, in any order.

    Args:
        force: accept a poor face (what :data:`OVERRULABLE` says).

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
    if main.poor is not None and not force:
        return _poor(main.face, main.poor), None
    return ACCEPTED, main


def prominence(box: Box, width: int, height: int) -> float:
    """How much a face is the subject of a picture: its visible area, less the farther it is from the middle."""
    visible = box.clipped(width, height)
    if visible is None:
        return 0.0
    x, y = visible.centre
    off_centre = max(abs(2 * x / width - 1), abs(2 * y / height - 1))
    return visible.area * (1 - off_centre)


def _poor(face: Face, reason: Reason) -> Verdict:
    if reason is Reason.SMALL:
        size = f"{face.quality.face_px} px of {MIN_FACE_PX}"
        return Verdict(
            Refusal.TOO_SMALL, f"the face is too small, {size}: go closer, or send the photo in its full size"
        )
    if reason is not Reason.TURNED:
        return _BY_WEAKNESS[reason]
    offset = nose_offset(face.landmarks)
    if not _CLEARLY_TURNED <= abs(offset) < math.inf:
        return Verdict(Refusal.TURNED, "the face is turned away: look straight into the camera")
    away, back = ("right", "left") if offset > 0 else ("left", "right")
    return Verdict(
        Refusal.TURNED,
        f"the face is turned to the {away} of the picture: turn it to the {back}, straight into the camera",
    )


def _several(count: int) -> Verdict:
    return Verdict(
        Refusal.SEVERAL_FACES, f"{count} faces, and no one of them is clearly meant: cut the photo to one person"
    )
