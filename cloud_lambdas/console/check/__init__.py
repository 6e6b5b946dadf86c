"""Looks a deployed stack over: what only the account itself can show."""
