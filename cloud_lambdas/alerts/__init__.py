"""Tells people who came: by SNS, and by a webhook."""
