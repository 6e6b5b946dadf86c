"""Makes what is deployed: zips with a slice of the package and no more, the same bytes from the same sources.

What each bundle holds is declared in ``pyproject.toml`` under ``[tool.argus.bundles]``.
"""
