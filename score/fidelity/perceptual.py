"""VMAF and XPSNR of a video against its target, by the filters of the bundled ffmpeg, fed frame by frame."""

from __future__ import annotations

import json
import math
import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType

import imageio_ffmpeg
import numpy as np

from core.errors import InputError, WorkError
from score.fidelity.measures import Measure

SMALLEST = 32

_NUMBER = r"(inf|-?[0-9.]+)"
_AVERAGE = re.compile(rf"XPSNR average, (\d+) frames +y: {_NUMBER} +u: {_NUMBER} +v: {_NUMBER}")


class PerceptualMeter:
    """`add` pairs of frames, then `result()`; a context manager, so that ffmpeg never outlives the caller.

    `vmaf`: 0 to 100, model vmaf_v0.6.1 (a 1080p screen seen from three heights), mean over frames. `xpsnr`: extended
    perceptually weighted PSNR of luma in dB (Helmrich et al. 2020), infinite for equal videos. Whole frames only:
    both look at blocks and at the frame as seen on a screen, so a subject cut out has no meaning for them. RGB
    becomes 4:2:0 Rec.709.
    """

    def __init__(self, width: int, height: int, measures: Sequence[str] | None = None, fps: float = 30.0):
        if min(width, height) < SMALLEST:
            raise InputError(f"VMAF and XPSNR need frames of at least {SMALLEST}x{SMALLEST}, got {width}x{height}")
        self.shape = (height, width, 3)
        self.measures = tuple(MEASURES if measures is None else measures)
        self.frames = 0
        graph = _graph(width, height, self.measures)
        self._work = tempfile.TemporaryDirectory(prefix="keyfill-perceptual-")
        command = (
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-loglevel", "error"),
            # both videos travel in one pipe, target above enhanced, and are cut apart again: no second pipe to wait on
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{2 * height}", "-r", repr(float(fps))),
            *("-i", "pipe:0", "-filter_complex", graph),
            *(part for name in self.measures for part in ("-map", f"[{name}]", "-f", "null", "-")),
        )
        with open(Path(self._work.name) / "errors.txt", "wb") as errors:
            self._process = subprocess.Popen(
                command, cwd=self._work.name, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
            )
        assert self._process.stdin is not None
        self._pipe = self._process.stdin

    def __enter__(self) -> PerceptualMeter:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._pipe.close()
        self._work.cleanup()

    def add(self, enhanced: np.ndarray, target: np.ndarray) -> None:
        """One frame of each, uint8 `(H, W, 3)` sRGB."""
        if enhanced.shape != self.shape or target.shape != self.shape:
            raise InputError(f"frame {self.frames}: {enhanced.shape} and {target.shape}, expected {self.shape}")
        try:
            self._pipe.write(np.ascontiguousarray(target).data)
            self._pipe.write(np.ascontiguousarray(enhanced).data)
        except BrokenPipeError:
            self._process.wait()
            raise self._failed() from None
        self.frames += 1

    def result(self) -> dict[str, float]:
        """The measures asked for. Raises InputError without frames, WorkError when ffmpeg failed or skipped a frame."""
        if self.frames == 0:
            raise InputError("nothing to measure: no frames")
        try:
            self._pipe.flush()
            self._pipe.close()
        except BrokenPipeError:
            raise self._failed() from None
        if self._process.wait() != 0:
            raise self._failed()
        return {name: MEASURES[name].value(Path(self._work.name), self.frames) for name in self.measures}

    def _failed(self) -> WorkError:
        text = (Path(self._work.name) / "errors.txt").read_text(errors="replace")
        lines = text.strip().splitlines() or ["no message"]
        for line in lines:
            if "No such filter" in line:
                return WorkError(
                    f"this ffmpeg cannot measure: {line.strip()}; leave vmaf and xpsnr out of the measures"
                )
        return WorkError(f"ffmpeg failed while measuring: {lines[-1].strip()}")


def _graph(width: int, height: int, measures: Sequence[str]) -> str:
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures:
        raise InputError(f"measure {unknown[0] if unknown else ''!r} is not one of {', '.join(MEASURES)}")
    luma = "scale=out_color_matrix=bt709:out_range=limited,format=yuv420p"
    count = len(measures)
    parts = ["[0:v]split[upper][lower]"]
    for source, top, side in (("upper", 0, "target"), ("lower", height, "enhanced")):
        outputs = "".join(f"[{side}_{name}]" for name in measures)
        parts.append(f"[{source}]crop={width}:{height}:0:{top},{luma},split={count}{outputs}")
    parts += [f"{MEASURES[name].needs}[{name}]" for name in measures]
    return ";".join(parts)


def _vmaf(folder: Path, frames: int) -> float:
    found = json.loads((folder / "vmaf.json").read_text())
    if len(found["frames"]) != frames:
        raise WorkError(f"VMAF looked at {len(found['frames'])} of {frames} frames")
    return float(found["pooled_metrics"]["vmaf"]["mean"])


def _xpsnr(folder: Path, frames: int) -> float:
    found = _AVERAGE.search((folder / "xpsnr.txt").read_text())
    if found is None or int(found[1]) != frames:
        raise WorkError(f"XPSNR did not report on all {frames} frames")
    return math.inf if found[2] == "inf" else float(found[2])


# What each needs is its filter. VMAF takes the enhanced video first, XPSNR the target: its activity gives the weights.
_VMAF_FILTER = "[enhanced_vmaf][target_vmaf]libvmaf=log_fmt=json:log_path=vmaf.json:n_threads=1"
_XPSNR_FILTER = "[target_xpsnr][enhanced_xpsnr]xpsnr=stats_file=xpsnr.txt"
MEASURES = {
    "vmaf": Measure("vmaf", _VMAF_FILTER, _vmaf, "0-100", "higher"),
    "xpsnr": Measure("xpsnr", _XPSNR_FILTER, _xpsnr, "dB", "higher"),
}
