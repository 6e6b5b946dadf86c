"""When a file was last written: what the times of recorded frames count from."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

from argus.core.errors import SourceError


def modified_at(path: Path) -> datetime:
    """Aware UTC.

    Raises:
        SourceError: the file is gone.
    """
    try:
        return datetime.fromtimestamp(path.stat().st_mtime, timezone.utc)
    except OSError as error:
        raise SourceError(f"{path} is gone, or may not be looked at: put it back, and check its rights.") from error
