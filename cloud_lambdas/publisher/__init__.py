"""Brings the collection up to date with the faces, and tells the devices."""
