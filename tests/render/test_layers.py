"""What is read back of a trace."""

from __future__ import annotations

import numpy as np
import OpenEXR
import pytest

from core.errors import WorkError
from render.camera import Film
from render.layers import read_layers

NAMES = (
    *(f"{group}.{letter}" for group in ("Combined_key", "Combined", "Denoising Albedo") for letter in "RGB"),
    "Combined.A", *(f"{group}.{letter}" for group in ("Denoising Normal", "Normal") for letter in "XYZ"), "Depth.Z",
)  # fmt: skip


def written(path, **changes: float):
    channels = {f"layer.{name}": np.full((4, 6), 0.5, np.float32) for name in NAMES}
    for name, value in changes.items():
        channels[f"layer.{name.replace('_dot_', '.')}"][1, 2] = value
    OpenEXR.File({}, channels).write(str(path))
    return path


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_light_that_is_no_number_is_an_error(tmp_path, value) -> None:
    film = Film(6, 4, 1.0, (0, 0, 6, 4))
    assert read_layers(written(tmp_path / "good.exr"), ("key",), film).radiance.shape == (1, 4, 6, 3)
    with pytest.raises(WorkError, match=r"bad\.exr: the light of 1 pixels is NaN or infinite"):
        read_layers(written(tmp_path / "bad.exr", Combined_key_dot_G=value), ("key",), film)
