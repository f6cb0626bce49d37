"""An ffmpeg that floods its error stream, gives a frame too few or dies: told with the clip's name, never a hang."""

import sys
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest

from core.errors import WorkError
from degrade.stages.codec import CodecParams, coded_frames

FRAMES = np.random.default_rng(3).integers(0, 255, (4, 48, 64, 3), np.uint8)
CODEC = CodecParams(kind="h264", kbps=300, fps=30.0, width=64, height=48, starts=(0,))
FLOOD = "for _ in range(200): sys.stderr.write('x' * 99_999 + '\\n')"


@pytest.fixture
def ffmpeg_that(tmp_path, monkeypatch):
    """Put a program in ffmpeg's place: it runs `first`, then the real one with its arguments as `first` left them."""
    real = imageio_ffmpeg.get_ffmpeg_exe()

    def put(first: str) -> None:
        path = tmp_path / "ffmpeg"
        lines = [f"#!{sys.executable} -I", "import os, sys", f"arguments = [{real!r}, *sys.argv[1:]]", first]
        path.write_text("\n".join([*lines, f"os.execv({real!r}, arguments)", ""]))
        Path(path).chmod(0o755)
        monkeypatch.setattr(imageio_ffmpeg, "get_ffmpeg_exe", lambda: str(path))

    return put


def code() -> np.ndarray:
    return np.stack(list(coded_frames(iter(FRAMES), len(FRAMES), CODEC, (64, 48), "clip-9")))


def test_a_flood_of_errors_does_not_stop_it(ffmpeg_that):
    plain = code()
    ffmpeg_that(FLOOD + "\nsys.stderr.flush()")
    assert np.array_equal(code(), plain)


def test_its_last_words_are_told(ffmpeg_that):
    ffmpeg_that(FLOOD + "\nsys.stderr.write('the last words\\n')\nsys.exit(1)")
    with pytest.raises(WorkError, match=r"^clip-9: codec h264: encoding failed: ffmpeg exit 1: the last words$"):
        code()


def test_a_frame_too_few_is_counted(ffmpeg_that):
    ffmpeg_that("arguments[-1:-1] = ['-frames:v', '3']")
    with pytest.raises(WorkError, match=r"^clip-9: codec h264: 3 frames came back, 4 went in"):
        code()
