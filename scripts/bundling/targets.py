"""What a bundle with wheels can be installed on: a processor and a version of CPython, on Linux with glibc."""

from __future__ import annotations

from dataclasses import dataclass

MACHINES = ("x86_64", "aarch64")
"""As ``uname -m`` and wheels call them."""

PYTHONS = ("3.10", "3.11", "3.12", "3.13")

_NEWEST_GLIBC = 28
"""The newest glibc that a wheel may ask for is 2.28: Debian 10, Ubuntu 20.04 and Amazon Linux 2023 have it."""

_OLDEST_GLIBC = 17
"""The oldest that wheels are still made for is 2.17 (manylinux2014)."""


@dataclass(frozen=True)
class Target:
    """One processor and one version of CPython."""

    machine: str
    python: str

    @property
    def tag(self) -> str:
        """``cp311``."""
        return f"cp{self.python.replace('.', '')}"

    @property
    def platforms(self) -> tuple[str, ...]:
        """The platform tags of wheels that fit, best first."""
        newer = (f"manylinux_2_{minor}_{self.machine}" for minor in range(_NEWEST_GLIBC, _OLDEST_GLIBC - 1, -1))
        return (*newer, f"manylinux2014_{self.machine}")

    @property
    def markers(self) -> dict[str, str]:
        """The environment that the lock's markers ask about."""
        return {
            "implementation_name": "cpython",
            "os_name": "posix",
            "platform_machine": self.machine,
            "platform_python_implementation": "CPython",
            "platform_system": "Linux",
            "python_full_version": f"{self.python}.0",
            "python_version": self.python,
            "sys_platform": "linux",
        }
