"""The cloud's functions, one folder each, and what they share."""
