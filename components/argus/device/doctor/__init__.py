"""Looks a device over: one module a part of it, each giving findings that say what to do."""
