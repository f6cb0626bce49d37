"""The skin's finest: pores where they are, creases by expression, and what the renderer is handed of them."""

from pathlib import Path

import numpy as np
import pytest

from core.colour import linear_from_srgb
from core.rng import rng_for
from scenes.body.face_relief import (
    COLUMNS,
    CREASES,
    FINER,
    FLAT,
    MIDDLE,
    ROWS,
    crease_curves,
    paint_creases,
    paint_grain,
    paint_uneven,
)
from scenes.spec import Geometry, Material, Mesh

NAMES = (
    "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "browDownLeft", "browDownRight", "noseSneerLeft",
    "noseSneerRight", "mouthSmileLeft", "mouthSmileRight", "cheekSquintLeft", "cheekSquintRight",
)  # fmt: skip


def at(across: float, down: float) -> tuple[slice, slice]:
    """Two millimetres around a place on the person's left, in pixels of a skin map from the middle and from the top."""
    row, column = (MIDDLE + across - ROWS[0]) * FINER, (down - COLUMNS[0]) * FINER
    return slice(int(row) - 12, int(row) + 12), slice(int(column) - 12, int(column) + 12)


def test_there_are_pores_on_the_nose_and_lines_along_the_forehead() -> None:
    height = paint_grain(1.0, rng_for(1, "test", "grain")).astype(float) - FLAT
    deep = lambda place: (height[at(*place)] < -40).mean()
    assert deep((2, 444)) > 2 * deep((40, 470)) + 0.01
    along, across = (np.abs(np.diff(height[at(8, 402)], axis=axis)).mean() for axis in (0, 1))
    assert across > 1.5 * along
    assert paint_grain(0.0, rng_for(1, "test", "grain")).std() == 0


def test_fine_color_is_the_wanted_amount_and_keeps_the_tone() -> None:
    none, one, two = (paint_uneven(amount, 3.0, 512, rng_for(1, "test", "uneven")) for amount in (0.0, 1.0, 2.0))
    assert np.allclose(two - none, 2 * (one - none), atol=1e-5)
    one = one - none
    assert np.abs(one.mean((0, 1))).max() < 0.003 and 0.02 < one[..., 1].std() < 0.09
    # blood takes more green and blue than red
    assert one[..., 1].std() > 1.5 * one[..., 0].std()


@pytest.mark.parametrize(
    ("name", "place", "action"),
    [("raise", (12, 399), "browInnerUp"), ("frown", (3, 416), "browDownLeft"), ("smile", (36, 428), "cheekSquintLeft")],
)
def test_each_expression_has_creases_of_its_own(name: str, place: tuple[float, float], action: str) -> None:
    depth = linear_from_srgb(paint_creases(rng_for(1, "test", "creases")).astype(np.float32) / 255)
    rows, columns = at(*place)
    cut = depth[rows.start // 2 : rows.stop // 2, columns.start // 2 : columns.stop // 2].max((0, 1))
    number = CREASES.index(name)
    assert cut[number] > 0.35 and np.delete(cut, number).max() < 0.1
    actions = np.zeros((2, len(NAMES)), np.float32)
    actions[1, NAMES.index(action)] = 1
    young, old = (crease_curves(actions, NAMES, wrinkles) for wrinkles in (0.0, 1.0))
    assert (young[0] == 0).all() and young[1].argmax() == number and 0.1 < young[1, number] < old[1, number]


def test_values_by_frame_are_kept_with_the_geometry(tmp_path: Path) -> None:
    creases = np.arange(6, dtype=np.float32).reshape(2, 3)
    points, faces = np.zeros((2, 4, 3), np.float32), np.array([[0, 1, 2, 3]], np.int32)
    mesh = Mesh("body", "skin", points, faces, per_frame={"creases": creases})
    Geometry(2, np.tile(np.eye(4, dtype=np.float32), (2, 1, 1)), {"skin": Material("skin")}, (mesh,)).save(
        tmp_path / "geometry.npz"
    )
    assert np.array_equal(Geometry.load(tmp_path / "geometry.npz").meshes[0].per_frame["creases"], creases)
