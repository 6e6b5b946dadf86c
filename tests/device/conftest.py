"""Fixtures of the device's tests."""

from __future__ import annotations

from tests.browsing import browser, pages

__all__ = ["browser", "pages"]  # fixtures, which pytest looks for here
