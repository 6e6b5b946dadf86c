"""The last good configuration goes on being used."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from argus.device.settings.keeping import effective, keep, kept
from argus.device.settings.model import CameraSettings, Settings
from argus.device.state import StateError
from argus.storage.failpoints import EXIT_CODE, VARIABLE

OLD = Settings(cameras=(CameraSettings("door", "rtsp://admin:hunter2@cam/1", zones=(((0, 0), (1, 0), (1, 1)),)),))
BAD = {"cameras": [{"id": "door"}]}


def test_what_was_kept_is_read_again(tmp_path: Path) -> None:
    assert kept(tmp_path) is None
    keep(Settings(), tmp_path)
    keep(OLD, tmp_path)
    assert kept(tmp_path) == OLD


def test_nobody_else_may_read_it(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        keep(OLD, tmp_path)
    finally:
        os.umask(before)
    (file,) = tmp_path.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("damaged", [b"", b"{", b"\xff", b"[" * 100_000, b'{"cameras": 5}'])
def test_what_cannot_be_read_is_as_if_it_were_not_there(
    damaged: bytes, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keep(OLD, tmp_path)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damaged)
    assert kept(tmp_path) is None
    assert "cannot be read" in caplog.text


@pytest.mark.parametrize("failpoint", ["write.unsynced", "write.unnamed"])
def test_a_power_cut_leaves_the_old_one(failpoint: str, tmp_path: Path) -> None:
    keep(OLD, tmp_path)
    program = (
        "import sys; from pathlib import Path; from argus.device.settings import keeping, model;"
        "keeping.keep(model.Settings(), Path(sys.argv[1]))"
    )
    environment = {**os.environ, VARIABLE: failpoint}
    ended = subprocess.run([sys.executable, "-c", program, str(tmp_path)], env=environment, check=False)
    assert ended.returncode == EXIT_CODE
    assert kept(tmp_path) == OLD


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StateError, match="cannot be written"):
        keep(OLD, tmp_path / "file")


def test_a_refused_one_leaves_the_old_one_in_force() -> None:
    assert effective({}, OLD) == (Settings(), None)
    settings, refused = effective(BAD, OLD)
    assert settings == OLD
    assert refused is not None
    assert refused.errors == ("cameras[0].source: must be given",)


def test_a_refused_one_at_the_first_start_leaves_the_defaults() -> None:
    settings, refused = effective(BAD, None)
    assert settings == Settings()
    assert refused is not None
