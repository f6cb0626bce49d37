"""A Live Link Face take drives the subject; a wrong or short one is refused with line and column."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from core.errors import InputError
from core.rng import rng_for
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.motion.curves import motion_curves
from scenes.motion.draw import draw_motion
from scenes.motion.performance import ACTIONS, TURNS, load_performance

HEADER = ["Timecode", "BlendshapeCount", *(a[0].upper() + a[1:] for a in ACTIONS), *TURNS]


def take(path: Path, frames: int = 600, change=lambda rows: rows) -> Path:
    """A made-up take at 60 frames a second: the jaw swings once a second, the head yaws slowly."""
    rows = [list(HEADER)]
    for i in range(frames):
        values = dict.fromkeys(HEADER, "0.0")
        whole, frame = divmod(i, 60)
        values["Timecode"] = f"10:59:{whole:02d}:{frame:02d}.500"
        values["BlendshapeCount"] = "61"
        values["JawOpen"] = f"{0.5 - 0.5 * math.cos(2 * math.pi * i / 60):.6f}"
        values["EyeBlinkLeft"], values["EyeBlinkRight"] = "0.25", "0.75"
        values["HeadYaw"], values["HeadPitch"], values["HeadRoll"] = f"{0.1 * i / 60:.6f}", "0.05", "0.02"
        values["LeftEyeYaw"], values["RightEyeYaw"] = "0.1", "0.2"
        rows.append([values[name] for name in HEADER])
    path.write_text("\n".join(",".join(row) for row in change(rows)) + "\n", encoding="utf-8")
    return path


def curves_of(path: Path, frames: int = 150, fps: float = 30.0):
    config = ScenesConfig(frames=frames, fps=fps, motion={"performance": str(path)}).motion
    motion = draw_motion(config, frames, fps, (0.0, 0.0), 1.0, rng_for(1, 1, "motion"))
    return motion, motion_curves(motion, frames, fps, ACTIONS)


def test_curves_follow_the_take(tmp_path: Path) -> None:
    motion, curves = curves_of(take(tmp_path / "take.csv"))
    t = motion.start + np.arange(150) / 30
    at = lambda name: curves.actions[:, ACTIONS.index(name)]
    assert np.abs(at("jawOpen") - (0.5 - 0.5 * np.cos(2 * np.pi * t))).max() < 0.01
    assert np.allclose(at("eyeBlinkLeft"), 0.25) and np.allclose(at("eyeBlinkRight"), 0.75)
    nod, tilt, yaw = curves.pose.head.T
    assert np.allclose(yaw, 0.1 * t, atol=1e-4) and np.allclose(nod, 0.05) and np.allclose(tilt, -0.02)
    assert np.allclose(curves.gaze[:, 0], 0.15)


def test_clips_show_different_places_of_a_long_take_and_ledger_names_it(tmp_path: Path) -> None:
    path = take(tmp_path / "take.csv")
    config = ScenesConfig(frames=30, train_clips=3, test_clips=1, motion={"performance": str(path)})
    scenes = [draw_scene(config, 1, i) for i in range(4)]
    assert len({scene.motion.start for scene in scenes}) == 4
    assert any(a.name == "performance take.csv" and len(a.sha256) == 64 for a in scenes[0].assets)


def test_columns_may_stand_in_any_order_and_case(tmp_path: Path) -> None:
    def turned(rows):
        rows = [row[::-1] for row in rows]
        return [[name.lower() for name in rows[0]], *rows[1:]]

    plain, other = load_performance(take(tmp_path / "a.csv")), load_performance(take(tmp_path / "b.csv", change=turned))
    assert np.array_equal(plain.actions, other.actions) and np.array_equal(plain.turns, other.turns)
    assert plain.seconds == pytest.approx(599 / 60)


def replaced(row: int, column: str, text: str):
    def change(rows):
        rows[row][HEADER.index(column)] = text
        return rows

    return change


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (replaced(41, "JawOpen", "open"), r":42: column JawOpen: 'open' is not a number"),
        (replaced(41, "JawOpen", "nan"), r":42: column JawOpen: nan is out of range"),
        (replaced(9, "HeadYaw", "45.0"), r":10: column HeadYaw: 45 is out of range; expected radians"),
        (replaced(9, "Timecode", "1.5 s"), r":10: column Timecode: '1.5 s' is not a time code"),
        (replaced(9, "Timecode", "10:58:00:00"), r":10: column Timecode: runs backwards"),
        (replaced(0, "MouthPucker", "Pucker"), r":1: no column MouthPucker; expected the CSV of a Live Link Face"),
        (replaced(0, "MouthPucker", "JawOpen"), r":1: column JawOpen appears twice"),
        (lambda rows: [*rows[:-1], rows[-1][:20]], r":601: 20 cells, the header has 63; is the file cut short"),
        (lambda rows: rows[:2], r"1 frames; a performance needs at least two"),
        (lambda rows: [["hello"]], r":1: no column Timecode and 61 more"),
    ],
)
def test_a_wrong_take_is_refused_by_line_and_column(tmp_path: Path, change, told: str) -> None:
    with pytest.raises(InputError, match=told):
        load_performance(take(tmp_path / "take.csv", change=change))


def test_a_missing_binary_short_or_changed_take_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_performance(tmp_path / "none.csv")
    (tmp_path / "video.csv").write_bytes(b"\xff\xfe\x00\x01" * 10)
    with pytest.raises(InputError, match="not a text file"):
        load_performance(tmp_path / "video.csv")
    short = take(tmp_path / "short.csv", frames=60)
    with pytest.raises(InputError, match=r"short.csv: 0.98 s; a clip lasts 5.00 s"):
        curves_of(short)
    path = take(tmp_path / "take.csv")
    motion, _ = curves_of(path)
    take(path, frames=601)
    with pytest.raises(InputError, match="changed since the clips were planned"):
        motion_curves(motion, 150, 30.0, ACTIONS)
