"""Argus recognises people at the edge: see the README for the tree and the design decisions."""

__version__ = "0.1.0"
