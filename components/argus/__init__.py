"""Argus recognises people at the edge: see the README for the tree and the design decisions."""
