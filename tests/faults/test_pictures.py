"""Pictures of every kind through every command: the good ones are used, each bad one gets one clear sentence."""

from __future__ import annotations

import io
import json
import os
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from argus.core.errors import ImageError
from argus.vision.images import read_image
from tests.faults.conftest import Run

BAD = {
    "cut.jpg": "the picture is damaged or cut off: copy it again",
    "empty.jpg": "the file is empty: copy it again",
    "huge.png": "million",
    "scan.tiff": "TIFF pictures are not read: save it as JPEG or PNG",
    "text.jpg": "this is not a picture that can be read: save it as JPEG or PNG",
    "\udcff\udcfe.jpg": "this is not a picture that can be read",
    "red\x1b[31m\nargus: all is well\x9b2J\u202e.jpg": "this is not a picture that can be read",
}
GOOD = ["16 bit.png", "alpha.png", "animated.gif", "cmyk.jpg", "grey.jpg", "ünï cødé 名 🙂.jpg"]


def _png_header(width: int, height: int) -> bytes:
    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def _encoded(image: Image.Image, form: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory, portraits: Path) -> Path:
    """All of them in one folder, in a path with spaces and Unicode."""
    folder = tmp_path_factory.mktemp("all") / "Bilder größer, 写真"
    folder.mkdir()
    with Image.open(portraits / "obama.jpg") as image:
        portrait = image.convert("RGB").resize((364, 455))
    grey = np.asarray(portrait.convert("L"))
    transparent = portrait.copy()
    transparent.putalpha(200)
    jpeg = _encoded(portrait, "JPEG")
    contents = {
        "cut.jpg": jpeg[: len(jpeg) // 2],
        "empty.jpg": b"",
        "huge.png": _png_header(50_000, 50_000),
        "scan.tiff": _encoded(portrait, "TIFF", compression="tiff_lzw")[:5000] + bytes(5000),
        "text.jpg": b"This is no picture.",
        "16 bit.png": _encoded(Image.fromarray(grey.astype(np.uint16) * 257), "PNG"),
        "alpha.png": _encoded(transparent, "PNG"),
        "animated.gif": _encoded(portrait, "GIF", save_all=True, append_images=[Image.new("RGB", portrait.size)]),
        "cmyk.jpg": _encoded(portrait.convert("CMYK"), "JPEG"),
        "grey.jpg": _encoded(Image.fromarray(grey), "JPEG"),
        "ünï cødé 名 🙂.jpg": jpeg,
    }
    for name in (*GOOD, *BAD):
        (folder / name).write_bytes(contents.get(name, b"?"))
    return folder


def shown(name: str) -> str:
    """A name as the commands print it."""
    for character in "\x1b\n\x9b\u202e\udcff\udcfe":
        name = name.replace(character, f"\\u{ord(character):04x}")
    return name


def expect_one_message_each(messages: list[str]) -> None:
    assert len(messages) == len(BAD), messages
    for name, why in BAD.items():
        (message,) = (one for one in messages if shown(name) in one)
        assert why in message


@pytest.mark.parametrize("command", ["inspect", "identify"])
def test_looking_at_all(run: Run, pictures: Path, people: Path, command: str) -> None:
    where = ("--collection", people) if command == "identify" else ()
    answer = run(command, *where, *sorted(pictures.iterdir()))
    assert answer.code == 1
    expect_one_message_each(answer.messages)
    headings = [line for line in answer.out.splitlines() if not line.startswith("  ")]
    assert len(headings) == len(GOOD)
    for name in GOOD:
        (heading,) = (line for line in headings if f"/{name}: " in line)
        assert heading.endswith("1 face")


@pytest.mark.parametrize("command", ["inspect", "identify"])
def test_looking_at_all_as_json(run: Run, pictures: Path, people: Path, command: str) -> None:
    where = ("--collection", people) if command == "identify" else ()
    answer = run(command, "--json", *where, *sorted(pictures.iterdir()))
    assert (answer.code, answer.messages) == (1, [])
    records = {record["image"]: record for record in map(json.loads, answer.out.splitlines())}
    assert {os.fsencode(path) for path in records} == {os.fsencode(path) for path in pictures.iterdir()}
    for name, why in BAD.items():
        assert why in records[str(pictures / name)]["error"]
    for name in GOOD:
        assert len(records[str(pictures / name)]["faces"]) == 1


def test_enrolling_all(run: Run, pictures: Path, tmp_path: Path) -> None:
    """The good ones are one portrait, so some of them are refused as repeated; all are looked at."""
    answer = run("enrol", "--json", "--collection", tmp_path / "größer, 人", "--person", "Obama", pictures)
    assert answer.code == 1
    (summary,) = (message for message in answer.messages if "enrolled in all" in message)
    assert summary.endswith("1 enrolled in all")
    verdicts = {record["photo"]: record for record in map(json.loads, answer.out.splitlines())}
    assert len(verdicts) == len(BAD) + len(GOOD)
    for name, why in BAD.items():
        verdict = verdicts[str(pictures / name)]
        assert verdict["reason"] == "unreadable" and why in verdict["message"]
    assert all(verdicts[str(pictures / name)]["reason"] != "unreadable" for name in GOOD)
    assert any(verdicts[str(pictures / name)]["accepted"] for name in GOOD)


def test_watching_all(run: Run, pictures: Path, people: Path) -> None:
    answer = run("watch", "--collection", people, "--source", pictures, "--fast")
    assert answer.code == 0
    expect_one_message_each(answer.messages)
    assert f"{len(GOOD)} frames in " in answer.err
    assert [line.split()[1:3] for line in answer.out.splitlines()] == [["match", "Obama"], ["left", "Obama"]]


def test_a_folder_of_bad_pictures_alone(run: Run, people: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"?")
    answer = run("watch", "--collection", people, "--source", tmp_path, "--fast")
    assert (answer.code, answer.out) == (2, "")
    skipped, end = answer.messages
    assert "a.jpg is skipped" in skipped and "None of the 1 pictures" in end


@pytest.mark.parametrize("command", ["inspect", "identify", "watch", "enrol"])
def test_a_name_that_is_too_long_for_the_system(run: Run, people: Path, tmp_path: Path, command: str) -> None:
    words = {"inspect": [], "identify": ["--collection", people], "watch": ["--collection", people, "--source"]}
    answer = run(command, *words.get(command, ["--collection", tmp_path / "c", "--person", "X"]), "x" * 5000)
    assert answer.code in (1, 2)  # some versions of Python cannot even ask whether there is such a file
    assert len(answer.messages) == 1


def test_names_of_people_cannot_steer_a_terminal(run: Run, portraits: Path, tmp_path: Path) -> None:
    answer = run("enrol", "--collection", tmp_path, "--person", "Eve\x1b[31m\nargus: fine", portraits / "obama.jpg")
    assert answer.code == 2
    assert len(answer.messages) == 1


def test_unknown_options_cannot_steer_a_terminal(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("inspect", "a.jpg", "--\x1b[31m\u202e")
    assert ended.value.code == 2
    output = capfd.readouterr().err
    assert "\x1b" not in output and "\u202e" not in output and "\\u001b[31m\\u202e" in output


def test_a_huge_header_costs_no_memory() -> None:
    """50,000 x 50,000 pixels would take 7.5 GB."""
    import tracemalloc  # noqa: PLC0415 - here alone

    tracemalloc.start()
    with pytest.raises(ImageError):
        read_image(_png_header(50_000, 50_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 1 << 20
