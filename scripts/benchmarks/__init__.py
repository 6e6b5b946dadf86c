"""Measures Argus against what it is compared with: ``scripts/bench``."""
