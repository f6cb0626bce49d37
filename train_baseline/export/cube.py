"""`.cube` files: a LUT in the text format that OBS, ffmpeg and grading programs read; written and read back."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import numpy as np
import torch

from core.errors import InputError
from core.files import write_text
from train_baseline.methods.lut import UNIFORM_KNOTS, apply_lut, on_uniform_grid

SIZES = (17, 25, 33, 36, 64, 65)


def write_cube(path: Path, lut: torch.Tensor, knots: tuple[int, ...], size: int = 36, title: str = "keyfill") -> None:
    """Write one LUT `(3, M, M, M)` with `size` knots an axis; 36 is exact, other sizes resample it.

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


def check_cube(path: Path, size: int) -> None:
    """InputError for a number of knots that is not offered, and for a name that no LUT file can have."""
    if path.suffix != ".cube":
        raise InputError(f"{path}: the name of a LUT file ends in .cube")
    if path.is_dir() or not path.parent.is_dir():
        raise InputError(f"{path}: cannot be written there; give a file name such as OUT.cube in a folder that exists")
    if size not in SIZES:
        raise InputError(f"{path}: {size} grid points per axis; choose one of {', '.join(map(str, SIZES))}")


def resample(lut: torch.Tensor, knots: tuple[int, ...], size: int) -> torch.Tensor:
    """`(3, M, M, M)` -> `(3, size, size, size)` on uniform knots; exact for 36."""
    if size == len(UNIFORM_KNOTS):
        return on_uniform_grid(lut[None], knots)[0]
    v = torch.linspace(0, 1, size)
    blue, green, red = torch.meshgrid(v, v, v, indexing="ij")
    return apply_lut(lut[None], torch.stack([red, green, blue])[None], knots)[0]
