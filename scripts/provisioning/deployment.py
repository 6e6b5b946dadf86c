"""A deployment of the component: what a target runs now, with the component at a version and a configuration."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from argus.device.settings.model import Settings

COMPONENT = "argus.FaceRecognizer"

WHOLE = tuple(f"/{section.name}" for section in fields(Settings))
"""Reset first, so that what is deployed is the whole configuration, over the defaults.

Not ``""``, everything at once: on a nucleus lite that has the version already the recipe's part does not come back,
what the component may do (``accessControl``) included, and the device falls silent.
"""


def deployment(
    target_arn: str,
    current: Mapping[str, Any],
    version: str,
    *,
    merge: Mapping[str, Any] | None,
    reset: Sequence[str],
) -> dict[str, Any]:
    """The request for ``greengrassv2 create-deployment``.

    A deployment replaces the one before it: what that had beside this component stays only if it is named again.

    Args:
        current: the target's newest deployment (``get-deployment``), or nothing where it has none.
        merge: written over what is there; None, without ``reset``: what was deployed last is deployed again, which a
            device that has it does not notice, and one that was set up anew needs.
        reset: JSON pointers to what gets the recipe's default back before that.
    """
    components = current.get("components", {})
    component = {**components.get(COMPONENT, {}), "componentVersion": version}
    if merge is not None or reset:
        update: dict[str, Any] = {"reset": list(reset)} if reset else {}
        if merge is not None:
            update["merge"] = json.dumps(merge, ensure_ascii=False, separators=(",", ":"))
        component["configurationUpdate"] = update
    kept = {key: current[key] for key in ("deploymentName", "deploymentPolicies") if current.get(key)}
    return {"targetArn": target_arn, **kept, "components": {**components, COMPONENT: component}}
