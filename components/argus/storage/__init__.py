"""Blob stores that hold collections."""
