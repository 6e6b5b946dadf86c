"""A machine that refuses: folders without rights, a full disk."""

from __future__ import annotations

import json
import resource
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.conftest import ARGUS, Answer


def ask(*words: object, before: tuple[str, ...] = (), **options: object) -> Answer:
    """Runs ``argus`` in a process of its own."""
    done = subprocess.run(
        [*before, *ARGUS, *map(str, words)], capture_output=True, check=False, text=True, cwd="/", **options
    )  # type: ignore[call-overload]
    return Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def locked(people: Path, portraits: Path) -> Iterator[Path]:
    """``people``: a collection that can be read and not be written; ``private``: a folder that cannot be entered."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(people, folder / "people")
        shutil.copy(portraits / "biden.jpg", folder)
        (folder / "private").mkdir()
        shutil.copy(portraits / "biden.jpg", folder / "private")
        for path in (folder / "people").rglob("*"):
            path.chmod(0o555 if path.is_dir() else 0o444)
        for path, mode in ((folder, 0o755), (folder / "people", 0o555), (folder / "private", 0)):
            path.chmod(mode)
        yield folder
        for path in (folder, *folder.rglob("*")):
            path.chmod(0o755)


def test_a_read_only_collection(locked: Path, unprivileged: tuple[str, ...]) -> None:
    photo, people = locked / "biden.jpg", locked / "people"
    identified = ask("identify", "--collection", people, photo, before=unprivileged)
    assert (identified.code, identified.messages) == (0, [])
    enrolled = ask("enrol", "--collection", people, "--person", "Biden", photo, before=unprivileged)
    assert enrolled.code == 2
    (message,) = enrolled.messages
    assert "Permission denied" in message and "choose a folder that can be written" in message


@pytest.mark.parametrize(
    "words",
    [
        ("enrol", "--collection", "new", "private"),
        ("enrol", "--collection", "new", "--person", "X", "private"),
        ("identify", "--collection", "private", "biden.jpg"),
        ("identify", "--collection", "people", "private/biden.jpg"),
        ("inspect", "private/biden.jpg"),
        ("watch", "--collection", "people", "--source", "private"),
        ("watch", "--collection", "people", "--source", "private/biden.jpg"),
    ],
    ids=" ".join,
)
def test_a_private_folder(locked: Path, unprivileged: tuple[str, ...], words: tuple[str, ...]) -> None:
    places = {"new", "private", "people", "biden.jpg", "private/biden.jpg"}
    answer = ask(*(locked / word if word in places else word for word in words), before=unprivileged)
    assert answer.code in (1, 2)
    (message,) = answer.messages
    assert "Permission denied" in message and "rights" in message


def test_the_doctor_finds_folders_without_rights(locked: Path, unprivileged: tuple[str, ...]) -> None:
    words = ("doctor", "--json", "--collection", locked / "people", "--state", locked / "private" / "state")
    answer = ask(*words, before=unprivileged)
    assert (answer.code, answer.messages) == (1, [])
    faults = {
        one["topic"]: one["remedy"] for one in map(json.loads, answer.out.splitlines()) if one["state"] == "fault"
    }
    assert faults.keys() == {"collection", "state"}
    assert all("chown" in remedy for remedy in faults.values())


def _no_room() -> None:
    """From here on this process writes no file beyond 2 KB, which is how a full disk looks to it."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (2048, 2048))


def test_no_room_for_a_collection(portraits: Path, tmp_path: Path) -> None:
    words = ("enrol", "--collection", tmp_path / "people", "--person", "Obama", portraits / "obama.jpg")
    answer = ask(*words, preexec_fn=_no_room)
    assert (answer.code, answer.out) == (2, "")
    (message,) = answer.messages
    assert "cannot write to" in message and "make room" in message
    again = ask(*words)
    assert (again.code, again.out[:8]) == (0, "accepted")


def test_no_room_for_a_video(people: Path, portraits: Path, tmp_path: Path) -> None:
    shutil.copy(portraits / "obama2.jpg", tmp_path)
    out = tmp_path / "seen.mp4"
    words = ("watch", "--collection", people, "--source", tmp_path, "--fast", "--keep-records", "0", "--annotate", out)
    answer = ask(*words, preexec_fn=_no_room)
    assert answer.code == 2
    (message,) = answer.messages
    assert str(out) in message and "make room" in message


@pytest.mark.parametrize("form", [(), ("--json",)])
def test_no_room_for_the_output(people: Path, portraits: Path, form: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = subprocess.run(
            [*ARGUS, "identify", *form, "--collection", people, portraits / "biden.jpg"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    (message,) = Answer(done.returncode, "", done.stderr).messages
    assert done.returncode == 2
    assert "No space left" in message and "make room" in message


def test_a_full_disk(people: Path, portraits: Path, tmp_path: Path) -> None:
    """A real one: a file system of 64 KB in memory, seen by this process alone."""
    mount = f"mount -t tmpfs -o size=64k none {tmp_path} && cp -r {people} {tmp_path}/people"
    fill = f"{{ cat /dev/zero >{tmp_path}/rest 2>/dev/null; true; }}"
    own = ("unshare", "--mount", "sh", "-c")
    if shutil.which("unshare") is None or subprocess.run([*own, mount], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount")
    script = f'{mount} && {fill} && cd / && exec "$@"'
    answer = ask(
        *("enrol", "--collection", tmp_path / "people", "--person", "Biden", portraits / "biden.jpg"),
        before=(*own, script, "sh"),
    )
    assert answer.code == 2
    (message,) = answer.messages
    assert "No space left" in message and "make room" in message
    read = ask("identify", "--collection", tmp_path / "people", portraits / "obama.jpg", before=(*own, script, "sh"))
    assert (read.code, read.messages) == (0, [])
