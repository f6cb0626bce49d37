"""The benchmark of face levels measures what was painted on the face, and nothing around it."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

SCRIPT = Path(__file__).resolve().parents[2] / "benchmarks" / "light_faces.py"


@pytest.fixture(scope="module")
def faces():
    spec = importlib.util.spec_from_file_location("light_faces", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_means_are_those_of_the_face(faces, tmp_path):
    box, levels = [10, 4, 30, 32], {"source": (50, 200), "target": (120, 10)}
    videos = {}
    for role, (face, around) in levels.items():
        frame = np.full((36, 48, 3), around, np.uint8)
        frame[box[1] : box[3], box[0] : box[2]] = face
        videos[f"{role}.mkv"] = encode_lossless([frame] * 2, 30)
    info = {"key": "a", "frames": 2, "width": 48, "height": 36, "face_box": [box, None]}
    write_header(tmp_path, "pairs", {})
    write_row(tmp_path, write_shard(tmp_path / "a.tar", [Sample("a", {"json": json.dumps(info).encode(), **videos})]))
    found = faces.face_levels(tmp_path)
    assert found.means.tolist() == [[50.0, 120.0]]
    assert found.counts[0, 50] == found.counts[1, 120] == found.counts[0].sum() > 300


def test_a_folder_without_a_face_is_refused(faces, tmp_path):
    write_header(tmp_path, "pairs", {})
    with pytest.raises(InputError, match="no sample has a face in view"):
        faces.face_levels(tmp_path)
