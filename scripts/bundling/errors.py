"""What can go wrong while something is bundled."""

from __future__ import annotations

from argus.core.errors import ArgusError


class BundleError(ArgusError):
    """A bundle is declared wrongly, or something that belongs into it is missing."""
