"""Rehearsal: footage with known truth, rendered out of portraits."""
