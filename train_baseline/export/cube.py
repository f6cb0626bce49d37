"""LUTs for other programs: `.cube` files, and PNGs as OBS reads them; written and read back."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import cv2
import numpy as np
import torch

from core.errors import InputError
from core.files import write_bytes, write_text
from core.levels import LUMA
from train_baseline.methods.lut import CELLS, UNIFORM_KNOTS, apply_lut, on_uniform_grid

SIZES = (17, 25, 33, 36, 64, 65)


PNG_SIZE = 64
"""Knots an axis of a LUT as a picture: 8 x 8 tiles, one for each blue, in which red runs across and green down."""
TOE = 0.2
"""sRGB of greys up to which black's own lift is taken back: of black nothing is left, of this all."""


def write_lut(
    path: Path, lut: torch.Tensor, knots: tuple[int, ...], size: int | None = None, title: str = "keyfill"
) -> int:
    """Write one LUT `(3, M, M, M)`, to a `.cube` of `size` grid points per axis (by default 36) or to a `.png` of 64.
    Returns how many. See `write_cube`."""
    if path.suffix != ".png":
        write_cube(path, lut, knots, size or len(UNIFORM_KNOTS), title)
        return size or len(UNIFORM_KNOTS)
    check_cube(path, size)
    values = (resample(lut, knots, PNG_SIZE).clamp(0, 1) * 255).round().byte().numpy()
    tiles = values.reshape(3, 8, 8, PNG_SIZE, PNG_SIZE).transpose(1, 3, 2, 4, 0).reshape(512, 512, 3)
    good, data = cv2.imencode(".png", tiles[..., ::-1])
    assert good, "a picture of 512x512 can be written"
    write_bytes(path.resolve(), data.tobytes())
    return PNG_SIZE


def for_whole_pictures(lut: torch.Tensor, knots: tuple[int, ...]) -> torch.Tensor:
    """A LUT `(3, M, M, M)` that was made for a person, as far as a matte goes -> on 36 uniform knots, for all that is
    in a picture: a brighter grey stays the brighter one, and black stays black.

    What the greys are moved by for that, each colour of their luma is moved by. Where greys fall, they get the mean of
    the highest value so far and the lowest to come. A LUT that needs none of this is left as it is.
    """
    whole = on_uniform_grid(lut[None], knots)[0].clamp(0, 1)
    axis = np.arange(len(UNIFORM_KNOTS))
    value = axis / CELLS
    greys = whole[:, axis, axis, axis].double().numpy()
    wanted: np.ndarray = greys - greys[:, :1] * np.clip(1 - value / TOE, 0, 1)
    wanted = (np.maximum.accumulate(wanted, 1) + np.minimum.accumulate(wanted[:, ::-1], 1)[:, ::-1]) / 2
    moved = wanted - greys
    blue, green, red = np.meshgrid(value, value, value, indexing="ij")
    luma = LUMA[0] * red + LUMA[1] * green + LUMA[2] * blue
    change = np.stack([np.interp(luma, value, channel) for channel in moved])
    return (whole + torch.from_numpy(change).float()).clamp(0, 1)


def write_cube(path: Path, lut: torch.Tensor, knots: tuple[int, ...], size: int = 36, title: str = "keyfill") -> None:
    """Write one LUT `(3, M, M, M)` with `size` grid points per axis; 36 is exact, other sizes resample it.

    Values are clipped to `[0, 1]`, because readers disagree about others; of `title` the file has what is ASCII, as
    the format asks. A link at `path` is followed. InputError as of `check_cube`, WorkError when the disk refuses.
    """
    check_cube(path, size)
    letters = (c for c in unicodedata.normalize("NFKD", title) if c.isprintable() and not unicodedata.combining(c))
    title = "".join(letters).replace('"', "'").encode("ascii", "replace").decode()
    values = resample(lut, knots, size).clamp(0, 1).reshape(3, -1).T.numpy()
    head = f'TITLE "{title}"\nLUT_3D_SIZE {size}\nDOMAIN_MIN 0.0 0.0 0.0\nDOMAIN_MAX 1.0 1.0 1.0\n'
    rows = io.StringIO()
    np.savetxt(rows, values, fmt="%.6f")
    write_text(path.resolve(), head + rows.getvalue())


def check_cube(path: Path, size: int | None) -> None:
    """InputError for a number of knots that is not offered, and for a name that no LUT file can have."""
    if path.suffix not in (".cube", ".png"):
        raise InputError(f"{path}: the name of a LUT file ends in .cube, or in .png for OBS")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written there; give a file name such as OUT.cube in a folder that exists")
    if path.suffix == ".png" and size not in (None, PNG_SIZE):
        raise InputError(f"{path}: {size} grid points per axis; a LUT as a picture has {PNG_SIZE}")
    if size is not None and size not in SIZES:
        raise InputError(f"{path}: {size} grid points per axis; choose one of {', '.join(map(str, SIZES))}")


def resample(lut: torch.Tensor, knots: tuple[int, ...], size: int) -> torch.Tensor:
    """`(3, M, M, M)` -> `(3, size, size, size)` on uniform knots; exact for 36."""
    if size == len(UNIFORM_KNOTS):
        return on_uniform_grid(lut[None], knots)[0]
    v = torch.linspace(0, 1, size)
    blue, green, red = torch.meshgrid(v, v, v, indexing="ij")
    return apply_lut(lut[None], torch.stack([red, green, blue])[None], knots)[0]
