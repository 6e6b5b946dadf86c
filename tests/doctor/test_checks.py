"""Each check of the doctor, by facts that are given."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import pytest

from argus.cli.findings import lines
from argus.core.finding import Finding, State, fault
from argus.device.doctor.cameras import VideoDevice, check_devices, find_devices
from argus.device.doctor.machine import check_clock, check_memory, check_programs, clock_is_synchronised
from argus.device.doctor.places import judge_disk
from argus.device.doctor.processor import check_processor, flags, vector_units
from argus.device.doctor.software import check_packages, check_python
from argus.device.memory import free_bytes

INTEL = "processor\t: 0\nmodel name\t: Some\nflags\t\t: fpu sse2 avx avx2 avx512f avx512_vnni\n\nprocessor\t: 1\n"
ARM = "processor\t: 0\nFeatures\t: fp asimd evtstrm asimddp\nCPU architecture: 8\n"


@pytest.mark.parametrize(
    ("version", "implementation", "bits", "libc", "state"),
    [
        ((3, 10), "cpython", 64, "glibc", State.OK),
        ((3, 13), "cpython", 64, "glibc", State.OK),
        ((3, 9), "cpython", 64, "glibc", State.FAULT),
        ((3, 14), "cpython", 64, "glibc", State.FAULT),
        ((3, 11), "pypy", 64, "glibc", State.FAULT),
        ((3, 11), "cpython", 32, "glibc", State.FAULT),
        ((3, 11), "cpython", 64, "", State.FAULT),
    ],
)
def test_python(version: tuple[int, int], implementation: str, bits: int, libc: str, state: State) -> None:
    assert check_python(version, implementation, bits, libc).state is state


def test_packages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_wheel.py").write_text("raise ImportError('libGL.so.1: cannot open shared object file')\n")
    monkeypatch.syspath_prepend(tmp_path)
    found = list(check_packages({"numpy": "numpy", "broken": "broken_wheel"}, {"no-such-package": "no_such_package"}))
    assert [one.state for one in found] == [State.FAULT, State.NOTE, State.OK]
    assert "libGL" in found[0].what and ".venv" in (found[0].remedy or "")
    assert found[2].what.startswith("numpy ")


def test_vector_units() -> None:
    assert vector_units("x86_64", flags(INTEL)) == ("AVX-512 with VNNI", True)
    assert vector_units("x86_64", frozenset({"avx", "avx2"})) == ("AVX2", True)
    assert vector_units("x86_64", frozenset({"sse2", "avx"})) == ("AVX", False)
    assert vector_units("aarch64", flags(ARM)) == ("NEON with dot products", True)
    assert vector_units("riscv64", flags("")) == ("unknown on riscv64", False)


def test_a_slow_processor_is_noted() -> None:
    found = flags(INTEL)
    assert check_processor("x86_64", found, 4, 20.0).state is State.OK
    assert check_processor("x86_64", found, 1, 900.0).state is State.NOTE
    assert check_processor("x86_64", frozenset(), 4, 20.0).state is State.NOTE


@pytest.mark.parametrize(("free", "state"), [(10**7, State.FAULT), (5 * 10**8, State.NOTE), (10**11, State.OK)])
def test_disk(free: int, state: State) -> None:
    assert judge_disk(Path("/data"), free).state is state


@pytest.mark.parametrize(("free", "state"), [(10**8, State.FAULT), (10**9, State.OK)])
def test_memory(free: int, state: State) -> None:
    assert check_memory(free).state is state


@pytest.mark.parametrize(
    ("year", "synchronised", "state"),
    [
        (1970, True, State.FAULT),
        (2024, True, State.FAULT),
        (2150, None, State.FAULT),
        (2030, False, State.NOTE),
        (2030, None, State.NOTE),
        (2030, True, State.OK),
    ],
)
def test_clock(year: int, synchronised: bool | None, state: State) -> None:
    found = check_clock(datetime(year, 5, 6, tzinfo=timezone.utc), synchronised)
    assert found.state is state
    assert found.state is State.OK or synchronised is None or "timedatectl" in (found.remedy or "")


def test_the_kernel_answers() -> None:
    assert clock_is_synchronised() in (True, False, None)


def test_programs() -> None:
    everything = {"chromium": "/usr/bin/chromium", "mosquitto": "/usr/sbin/mosquitto", "gst-launch-1.0": "/usr/bin/g"}
    assert check_programs(everything).state is State.OK
    some = check_programs({**everything, "chromium": None})
    assert some.state is State.NOTE
    assert "chromium (for" in some.what and some.what.startswith("mosquitto")


def test_cameras(tmp_path: Path) -> None:
    assert [one.state for one in check_devices([], "me")] == [State.NOTE]
    for number in (0, 2, 10):
        (tmp_path / "dev").mkdir(exist_ok=True)
        (tmp_path / "dev" / f"video{number}").touch()
    (tmp_path / "dev" / "video-codec").touch()
    name = tmp_path / "sys/class/video4linux/video2/name"
    name.parent.mkdir(parents=True)
    name.write_text("Good Camera\n")
    found = find_devices(tmp_path)
    assert [(one.index, one.name, one.may_open) for one in found] == [
        (0, "no name", True),
        (2, "Good Camera", True),
        (10, "no name", True),
    ]
    (locked,) = check_devices([VideoDevice(2, "Good Camera", False)], "ada")
    assert locked.state is State.FAULT
    assert "usermod -aG video ada" in (locked.remedy or "")


@pytest.mark.parametrize(
    ("limit", "expected"), [("max", 8_000_000 << 10), ("1000000000", 700_000_000), ("300000000", 0)]
)
def test_free_memory_obeys_the_group(tmp_path: Path, limit: str, expected: int) -> None:
    for name, text in {
        "proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\n",
        "sys/fs/cgroup/memory.max": limit,
        "sys/fs/cgroup/memory.current": "400000000",
        "sys/fs/cgroup/memory.stat": "anon 5\ninactive_file 100000000\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text + "\n")
    assert free_bytes(tmp_path) == expected
    assert free_bytes(tmp_path / "nowhere") == 1 << 30


def test_a_fault_needs_a_remedy() -> None:
    with pytest.raises(ValueError, match="needs a remedy"):
        Finding("disk", State.FAULT, "full")


def test_lines() -> None:
    first, second = lines(fault("disk", "it is full", "make room"))
    assert first == "disk         FAULT  it is full"
    assert second == " " * 20 + "-> make room"
