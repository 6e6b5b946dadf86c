"""The fuzz targets on their seeds, on mutated seeds everywhere, and under the real fuzzer where it is installed."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.targets import TARGETS

SECONDS = 4

Edit = tuple[int, int, bytes]
"""Where, how many bytes are taken out, what is put in."""

EDITS = st.lists(
    st.tuples(
        st.integers(0, 1 << 16), st.integers(0, 16), st.binary(max_size=8) | st.sampled_from([b"\xff" * 8, b"{", b'"'])
    ),
    max_size=4,
)


@pytest.mark.parametrize("name", TARGETS)
def test_seeds_are_read(name: str) -> None:
    target = TARGETS[name]
    assert target.seeds()
    for seed in target.seeds():
        target.check(seed)


@pytest.mark.parametrize("name", TARGETS)
@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), edits=EDITS, cut=st.none() | st.integers(0, 1 << 16))
def test_mutations(name: str, data: st.DataObject, edits: list[Edit], cut: int | None) -> None:
    target = TARGETS[name]
    altered = bytearray(data.draw(st.sampled_from(target.seeds())))
    for position, removed, added in edits:
        start = position % (len(altered) + 1)
        altered[start : start + removed] = added
    target.check(bytes(altered[: None if cut is None else cut % (len(altered) + 1)]))


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris has wheels for Linux on x86-64 alone")
@pytest.mark.parametrize("name", TARGETS)
def test_the_real_fuzzer_finds_nothing(root: Path, tmp_path: Path, name: str) -> None:
    command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(SECONDS)]
    done = subprocess.run(
        # A process inherits the peak memory of the one that started it; the shell in between has hardly any.
        ["/bin/sh", "-c", '"$@"; exit $?', "sh", *command, "--corpus", str(tmp_path / "corpus")],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    executed = re.search(r"stat::number_of_executed_units: (\d+)", done.stderr)
    assert executed is not None and int(executed[1]) > 500
