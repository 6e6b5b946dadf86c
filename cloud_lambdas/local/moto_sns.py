"""moto's SNS hands the outbox a message as it was published: with the words for every protocol, not a queue's alone."""

from __future__ import annotations

import json

from moto.sns.models import Subscription

from cloud_lambdas.local.account import ALL_WORDS, OUTBOX


def show_all_words() -> None:
    """It replaces a private method: moto's version is pinned, and a test fails when this has no effect."""
    choose = Subscription._parse_message_structure

    def words(self: Subscription, message: str, protocol: str) -> str:
        chosen = choose(self, message, protocol)
        return json.dumps({ALL_WORDS: json.loads(message)}) if self.endpoint.endswith(f":{OUTBOX}") else chosen

    Subscription._parse_message_structure = words  # type: ignore[method-assign]
