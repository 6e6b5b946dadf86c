"""What is carried to a device: its certificate and key, and the configuration of either nucleus."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from scripts.provisioning.device import Certificate, Endpoints
from scripts.provisioning.errors import ProvisioningError
from scripts.provisioning.names import ROLE_ALIAS

CERTIFICATE, PRIVATE_KEY, ROOT_CA = "device.pem.crt", "private.pem.key", "AmazonRootCA1.pem"

CLASSIC, LITE = "greengrass-classic.yaml", "greengrass-lite.yaml"

_CLASSIC = """\
# For the installer of the classic nucleus (--init-config), which puts its own version for NUCLEUS_VERSION.
---
system:
  certificateFilePath: "/greengrass/v2/{certificate}"
  privateKeyPath: "/greengrass/v2/{private_key}"
  rootCaPath: "/greengrass/v2/{root_ca}"
  rootpath: "/greengrass/v2"
  thingName: "{thing}"
services:
  aws.greengrass.Nucleus:
    componentType: "NUCLEUS"
    version: "NUCLEUS_VERSION"
    configuration:
      awsRegion: "{region}"
      iotRoleAlias: "{role_alias}"
      iotDataEndpoint: "{data}"
      iotCredEndpoint: "{credentials}"
"""

_LITE = """\
# For nucleus lite: /etc/greengrass/config.yaml
---
system:
  certificateFilePath: "/var/lib/greengrass/{certificate}"
  privateKeyPath: "/var/lib/greengrass/{private_key}"
  rootCaPath: "/var/lib/greengrass/{root_ca}"
  rootPath: "/var/lib/greengrass"
  thingName: "{thing}"
services:
  aws.greengrass.NucleusLite:
    componentType: "NUCLEUS"
    configuration:
      awsRegion: "{region}"
      iotRoleAlias: "{role_alias}"
      iotDataEndpoint: "{data}"
      iotCredEndpoint: "{credentials}"
      runWithDefault:
        posixUser: "gg_component:gg_component"
      greengrassDataPlanePort: "8443"
      platformOverride: {{}}
"""


def configurations(thing: str, region: str, endpoints: Endpoints) -> Mapping[str, str]:
    """File name -> content, for either nucleus."""
    values = {
        "certificate": CERTIFICATE,
        "private_key": PRIVATE_KEY,
        "root_ca": ROOT_CA,
        "thing": thing,
        "region": region,
        "role_alias": ROLE_ALIAS,
        "data": endpoints.data,
        "credentials": endpoints.credentials,
    }
    return {CLASSIC: _CLASSIC.format(**values), LITE: _LITE.format(**values)}


def write_configurations(folder: Path, files: Mapping[str, str]) -> None:
    """Writes them, over those of an earlier run."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def check_room_for_key(folder: Path) -> None:
    """Before a certificate is made.

    Raises:
        ProvisioningError: there is a key already, which is never written over.
    """
    if (folder / PRIVATE_KEY).exists():
        raise ProvisioningError(f"{folder / PRIVATE_KEY} is there already: name another folder with --out")


def write_certificate(folder: Path, certificate: Certificate) -> None:
    """The private key can be read by its owner alone; AWS keeps no copy of it."""
    folder.mkdir(parents=True, exist_ok=True)
    if certificate.private_key is not None:
        descriptor = os.open(folder / PRIVATE_KEY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(certificate.private_key)
    (folder / CERTIFICATE).write_text(certificate.pem, encoding="ascii")
