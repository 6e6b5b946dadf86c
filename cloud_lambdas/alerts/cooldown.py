"""Whose cool-down an alert falls under.

============================  =======================================================
an enrolled person            theirs, over all devices and cameras
one of the category missing   theirs at this camera: whoever searches hears of each place, and a cool-down from before
                              they were missing does not count
a stranger known again        that stranger's; a device gives its strangers their ids
any other stranger            this camera's
============================  =======================================================

Devices have cool-downs of their own, and may be told to have none; this one is over all of them.
"""

from __future__ import annotations

from cloud_lambdas.alerts.audience import MISSING, category_of
from cloud_lambdas.shared.alert import Alert

_LONGEST_ID = 128
"""An id is a UUID; a key of DynamoDB has an end."""


def cool_down_key(alert: Alert) -> str:
    """What two alerts have in common of which the second one waits."""
    if alert.person is not None:
        if category_of(alert) == MISSING:
            return f"missing/{alert.person.id}/{alert.thing}/{alert.camera}"
        return f"person/{alert.person.id}"
    if alert.stranger_id is not None:
        return f"stranger/{alert.thing}/{alert.stranger_id[:_LONGEST_ID]}"
    return f"camera/{alert.thing}/{alert.camera}"
