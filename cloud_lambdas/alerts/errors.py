"""Why an alert cannot be told just now; the queue brings it again."""

from __future__ import annotations

from argus.core.errors import ArgusError


class AlertWaits(ArgusError):
    """Another event of the same person is being told at this moment; what becomes of that decides."""


class WebhookUnavailable(ArgusError):
    """The webhook's server does not take it now. The message never holds its address, which may be a secret itself."""
