"""The ``argus`` command."""
