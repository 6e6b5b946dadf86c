"""What can go wrong while something is set up in AWS."""

from __future__ import annotations

import sys
from collections.abc import Callable

from botocore.exceptions import BotoCoreError, ClientError

from argus.core.errors import ArgusError, UsageError


class ProvisioningError(ArgusError):
    """AWS refuses, or something of that name is there already and is another thing."""


def code_of(error: ClientError) -> str:
    """What AWS calls it, such as ``ResourceNotFoundException``; where it has no name, the HTTP status."""
    return error.response.get("Error", {}).get("Code", "")


def reported(run: Callable[[], None]) -> int:
    """Runs a command; what goes wrong is one sentence on stderr. The exit code: 0 done, 1 refused, 2 wrong use."""
    try:
        run()
    except ClientError as error:
        return _say(_refused(error), 1)
    except BotoCoreError as error:
        return _say(f"AWS cannot be used ({error}): check `aws configure` and the network", 1)
    except (ArgusError, OSError) as error:
        return _say(str(error), 2 if isinstance(error, UsageError) else 1)
    return 0


def _say(sentence: str, code: int) -> int:
    print(f"argus: {sentence}", file=sys.stderr)
    return code


def _refused(error: ClientError) -> str:
    message = error.response.get("Error", {}).get("Message", "")
    return (
        f"AWS refuses {error.operation_name} ({code_of(error)}): {message.rstrip('.')}. docs/operations.md lists the "
        "rights that are needed; what was made so far stays, and the same command goes on from there"
    )
