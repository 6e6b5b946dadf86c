from __future__ import annotations

import json
from pathlib import Path

import dlib
import numpy as np
import pytest

from argus.cli.main import main
from argus.vision.images import read_image
from argus.vision.model_store import DLIB_EMBEDDING, LANDMARKS, ModelStore


def test_boxes_and_embeddings_are_those_of_dlib(
    model_store: ModelStore, portraits: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = portraits / "obama.jpg"
    assert main(["inspect", "--json", "--detector", "hog", str(path)]) == 0
    found = json.loads(capsys.readouterr().out)
    rgb = read_image(path)
    assert (found["image"], found["width"], found["height"]) == (str(path), rgb.shape[1], rgb.shape[0])
    (box,) = dlib.get_frontal_face_detector()(rgb, 0)
    (face,) = found["faces"]
    assert face["box_ltrb"] == [box.left(), box.top(), box.right() + 1, box.bottom() + 1]
    shape = dlib.shape_predictor(str(model_store.path(LANDMARKS)))(rgb, box)
    network = dlib.face_recognition_model_v1(str(model_store.path(DLIB_EMBEDDING)))
    expected = np.array(network.compute_face_descriptor(rgb, shape))
    np.testing.assert_allclose(face["embedding"], expected, atol=1e-5)
    assert face["quality"].keys() == {"face_px", "sharpness", "brightness", "contrast", "frontality", "score"}


@pytest.mark.parametrize("engine", ["onnx", "dlib"])
def test_pictures_come_in_order_and_one_that_cannot_be_read_stops_nobody(
    tmp_path: Path, portraits: Path, capsys: pytest.CaptureFixture[str], engine: str
) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_text("no picture")
    paths = [str(portraits / "obama.jpg"), str(bad), str(portraits / "biden.jpg")]
    assert main(["inspect", "--json", "--detector", "hog", "--engine", engine, *paths]) == 1
    first, second, third = map(json.loads, capsys.readouterr().out.splitlines())
    assert [one["image"] for one in (first, second, third)] == paths
    assert second.keys() == {"image", "error"}
    assert len(first["faces"]) == len(third["faces"]) == 1


def test_for_people(portraits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inspect", str(portraits / "obama.jpg")]) == 0
    heading, face = capsys.readouterr().out.splitlines()
    assert heading.endswith("obama.jpg: 910 x 1137, 1 face")
    assert "237 px" in face
