from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from argus.cli.main import main

KEYS = ["box_ltrb", "outcome", "person", "distance", "normalised_distance", "threshold", "margin", "reason"]


def records(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_somebody_enrolled_and_a_stranger(
    collection: Path, portraits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = [str(portraits / name) for name in ("obama2.jpg", "biden.jpg")]
    assert main(["identify", "--collection", str(collection), "--json", *images]) == 0
    known, stranger = records(capsys)
    for image, record in zip(images, (known, stranger), strict=True):
        assert list(record) == ["image", "faces"] and record["image"] == image
        [face] = record["faces"]
        assert list(face) == KEYS
        left, top, right, bottom = face["box_ltrb"]
        assert right > left and bottom > top
        # With one person enrolled there is no second to keep a distance from.
        assert (face["margin"], face["reason"]) == (None, None)
    [face] = known["faces"]
    assert (face["outcome"], face["person"]) == ("match", {"id": "barack-obama", "name": "Barack Obama"})
    assert face["normalised_distance"] <= face["threshold"] and face["distance"] < 0.6
    [face] = stranger["faces"]
    assert (face["outcome"], face["person"]) == ("unknown", None)
    assert face["normalised_distance"] > face["threshold"] and face["distance"] > 0.6


def test_a_stricter_rate_is_a_lower_threshold(
    collection: Path, portraits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    thresholds = []
    for rate in ("0.1", "0.01", "0.001"):
        image = str(portraits / "obama3.jpg")
        assert main(["identify", "--collection", str(collection), "--json", "--false-alarm-rate", rate, image]) == 0
        [record] = records(capsys)
        thresholds.append(record["faces"][0]["threshold"])
    assert thresholds == sorted(thresholds, reverse=True) and len(set(thresholds)) == 3


def test_a_blurred_face_is_uncertain_with_its_reason(
    collection: Path, portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with Image.open(portraits / "biden.jpg") as picture:
        side = max(picture.size)
        picture.filter(ImageFilter.GaussianBlur(side / 120)).save(tmp_path / "blurred.png")
    assert main(["identify", "--collection", str(collection), "--json", str(tmp_path / "blurred.png")]) == 0
    [record] = records(capsys)
    [face] = record["faces"]
    assert (face["outcome"], face["person"]) == ("uncertain", None)
    assert face["reason"] in ("blurred", "near_threshold")


def test_an_unreadable_image_is_named_and_the_others_go_on(
    collection: Path, portraits: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.jpg").write_bytes(b"\xff\xd8 no picture")
    Image.new("RGB", (200, 200), "grey").save(tmp_path / "nobody.png")
    images = [str(path) for path in (tmp_path / "bad.jpg", tmp_path / "nobody.png", portraits / "obama2.jpg")]
    assert main(["identify", "--collection", str(collection), "--json", *images]) == 1
    bad, nobody, good = records(capsys)
    assert list(bad) == ["image", "error"] and bad["image"] == images[0] and bad["error"]
    assert nobody == {"image": images[1], "faces": []}
    assert good["faces"][0]["outcome"] == "match"
    assert main(["identify", "--collection", str(collection), *images]) == 1
    output = capsys.readouterr()
    lines = output.out.splitlines()
    assert lines[0] == f"{images[1]}: no faces" and lines[1] == f"{images[2]}: 1 face"
    assert lines[2].split()[:3] == ["match", "Barack", "Obama"]
    assert output.err.startswith("argus: ") and output.err.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [(["--collection", "nowhere"], "there is no collection"), (["--false-alarm-rate", "7"], "false-alarm rate")],
)
def test_wrong_use_is_one_clear_sentence(
    collection: Path, portraits: Path, capsys: pytest.CaptureFixture[str], options: list[str], message: str
) -> None:
    arguments = ["identify", "--collection", str(collection), *options, str(portraits / "biden.jpg")]
    assert main(arguments) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert output.err.startswith("argus: ") and output.err.count("\n") == 1 and message in output.err


def test_an_impossible_rate_is_warned_of(collection: Path, portraits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["identify", "--collection", str(collection), "--false-alarm-rate", "1e-9"]
    assert main([*arguments, str(portraits / "biden.jpg")]) == 0
    assert capsys.readouterr().err.startswith("argus: ")
