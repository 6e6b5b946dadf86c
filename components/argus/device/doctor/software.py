"""Python and the packages that Argus stands on. Imports none of them at its top: they may be broken."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping
from importlib.metadata import PackageNotFoundError, version

from argus.core.finding import Finding, fault, note, ok

NEEDED = {
    "numpy": "numpy",
    "onnxruntime": "onnxruntime",
    "dlib-bin": "dlib",
    "Pillow": "PIL",
    "opencv-python-headless": "cv2",
}
"""Package -> what it is imported as."""

OPTIONAL = {"pi-heif": "pi_heif"}

_AGAIN = "remove the folder .venv and run `scripts/argus`, which makes it anew"


def check_python(running: tuple[int, int], implementation: str, bits: int, libc: str) -> Finding:
    """The interpreter: wheels exist for some only.

    Args:
        running: its version, two numbers.
        implementation: ``cpython``.
        libc: the name of the C library, as ``platform.libc_ver`` tells it; empty for musl.
    """
    what = f"{implementation} {running[0]}.{running[1]}, {bits} bit"
    if implementation != "cpython" or not (3, 10) <= running <= (3, 13) or bits != 64:
        return fault("python", what, f"install CPython 3.10 to 3.13 for 64 bit; then {_AGAIN}")
    if libc != "glibc":
        return fault("python", f"{what}, on {libc or 'another C library than glibc'}", "use a Linux with glibc: Debian")
    return ok("python", what)


def check_packages(needed: Mapping[str, str] = NEEDED, optional: Mapping[str, str] = OPTIONAL) -> Iterator[Finding]:
    """Imports each package; those that work make one finding together."""
    working = []
    for package, module in {**needed, **optional}.items():
        try:
            importlib.import_module(module)
            working.append(f"{package} {version(package)}")
        except PackageNotFoundError:
            working.append(f"{package} (of unknown version)")
        except (ImportError, OSError) as error:
            what = f"{package} cannot be imported ({error})"
            if package in optional:
                yield note("packages", what, "without it, HEIC pictures are refused")
            else:
                yield fault("packages", what, _AGAIN)
    yield ok("packages", ", ".join(working))
