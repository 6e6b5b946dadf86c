"""Somebody leaves the cloud: all that its tables, buckets and dead letters hold of them."""
