"""A component's default configuration, from its recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml


def default_configuration(recipe: Path) -> dict[str, Any]:
    """``ComponentConfiguration.DefaultConfiguration``, ``accessControl`` included."""
    document: dict[str, Any] = yaml.safe_load(recipe.read_text())["ComponentConfiguration"]["DefaultConfiguration"]
    return document
