"""What runs the cloud on a laptop comes with ``requirements/run.txt``: nothing of it is there for developers alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import re, sys
from importlib.metadata import packages_distributions

canonical = lambda name: re.sub(r"[-_.]+", "-", name).lower()
lock = open(sys.argv[1], encoding="utf-8").read()
locked = {"argus", *map(canonical, re.findall(r"^([\\w.-]+)==", lock, re.MULTILINE))}

class Refused:
    there = {module for module, names in packages_distributions().items() if not locked & set(map(canonical, names))}

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in self.there:
            raise ModuleNotFoundError(f"{name} is not in the lock", name=name)

sys.meta_path.insert(0, Refused())
assert {"pytest", "cfnlint"} <= Refused.there

import argus.cli.demo.camera, argus.cli.demo.stage, argus.device.__main__
import cloud_lambdas.local.compose, cloud_lambdas.local.moto_program
from moto.backends import get_backend
for service in ("dynamodb", "kms", "s3", "secretsmanager", "sns", "sqs"):
    get_backend(service)
"""


def test_no_package_is_missing_from_the_lock(root: Path) -> None:
    lock = root / "requirements" / "run.txt"
    command = [sys.executable, "-W", "ignore", "-c", PROGRAM, str(lock)]
    ran = subprocess.run(command, stderr=subprocess.PIPE, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
