"""What everything in the account is called."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from scripts.provisioning.errors import ProvisioningError

IOT_POLICIES = {"argus-device": "iot-argus", "argus-device-greengrass": "iot-greengrass"}
"""AWS IoT policies and the files that they are made of. Two, for one may have 2,048 characters."""

ROLE_POLICIES = {"argus-device": "iam-device"}
LOG_POLICIES = {"argus-device-logs": "iam-logs"}
"""Of the role that devices take: always, and with ``--logs``."""

ROLE_ALIAS = "argus-device"


@dataclass(frozen=True)
class Names:
    """The names in one account and region.

    Attributes:
        account: twelve digits.
        group: the thing group that deployments go to.
        artifact_bucket: where ``gdk component publish`` puts components.
        data_bucket: holds ``collections/<id>/...`` and ``snapshots/<thing>/...``.
    """

    account: str
    region: str
    group: str
    artifact_bucket: str
    data_bucket: str

    @property
    def partition(self) -> str:
        return "aws-cn" if self.region.startswith("cn-") else "aws"

    @property
    def role(self) -> str:
        """Roles are of all regions, and this one is of one."""
        return f"argus-device-{self.region}"

    @property
    def values(self) -> dict[str, str]:
        """What the policies in ``recipes/policies`` leave open."""
        return {
            "PARTITION": self.partition,
            "REGION": self.region,
            "ACCOUNT": self.account,
            "ROLE_ALIAS": ROLE_ALIAS,
            "ARTIFACT_BUCKET": self.artifact_bucket,
            "DATA_BUCKET": self.data_bucket,
        }


def names(
    root: Path,
    account: str,
    region: str,
    *,
    group: str = "argus",
    artifact_bucket: str | None = None,
    data_bucket: str | None = None,
) -> Names:
    """The names, with those that GDK makes of ``gdk-config.json`` where none is given."""
    return Names(
        account=account,
        region=region,
        group=group,
        artifact_bucket=artifact_bucket or f"{_gdk_bucket(root)}-{region}-{account}",
        data_bucket=data_bucket or f"argus-data-{region}-{account}",
    )


def _gdk_bucket(root: Path) -> str:
    configured = json.loads((root / "gdk-config.json").read_text(encoding="utf-8"))["component"]
    buckets = {component["publish"]["bucket"] for component in configured.values()}
    if len(buckets) != 1:
        raise ProvisioningError(f"gdk-config.json names {len(buckets)} buckets: choose one with --artifact-bucket")
    return str(buckets.pop())
