"""VMAF and XPSNR of a video against its target, by the filters of the bundled ffmpeg, fed frame by frame."""

from __future__ import annotations

import json
import math
import re
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType

import imageio_ffmpeg
import numpy as np

from core.errors import InputError, WorkError

MEASURES = ("vmaf", "xpsnr")
SMALLEST = 32

_NUMBER = r"(inf|[0-9.]+)"
_AVERAGE = re.compile(rf"XPSNR average, (\d+) frames +y: {_NUMBER} +u: {_NUMBER} +v: {_NUMBER}")


class PerceptualMeter:
    """`add` pairs of frames, then `result()`; a context manager, so that ffmpeg never outlives the caller.

    `vmaf`: 0 to 100, model vmaf_v0.6.1 (a 1080p screen seen from three heights), mean over frames. `xpsnr`: extended
    perceptually weighted PSNR of luma in dB (Helmrich et al. 2020), infinite for equal videos. Whole frames only:
    both look at blocks and at the frame as seen on a screen, so a subject cut out has no meaning for them. RGB
    becomes 4:2:0 Rec.709.
    """

    def __init__(self, width: int, height: int, measures: tuple[str, ...] = MEASURES, fps: float = 30.0):
        if min(width, height) < SMALLEST:
            raise InputError(f"VMAF and XPSNR need frames of at least {SMALLEST}x{SMALLEST}, got {width}x{height}")
        self.shape = (height, width, 3)
        self.measures = measures
        self.frames = 0
        graph = _graph(width, height, measures)
        self._work = tempfile.TemporaryDirectory(prefix="keyfill-perceptual-")
        command = (
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-loglevel", "error"),
            # both videos travel in one pipe, target above enhanced, and are cut apart again: no second pipe to wait on
            *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{2 * height}", "-r", repr(float(fps))),
            *("-i", "pipe:0", "-filter_complex", graph),
            *(part for name in measures for part in ("-map", f"[{name}]", "-f", "null", "-")),
        )
        with open(Path(self._work.name) / "errors.txt", "wb") as errors:
            self._process = subprocess.Popen(
                command, cwd=self._work.name, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors
            )

    def __enter__(self) -> PerceptualMeter:
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._work.cleanup()

    def add(self, enhanced: np.ndarray, target: np.ndarray) -> None:
        """One frame of each, uint8 `(H, W, 3)` sRGB."""
        if enhanced.shape != self.shape or target.shape != self.shape:
            raise InputError(f"frame {self.frames}: {enhanced.shape} and {target.shape}, expected {self.shape}")
        try:
            self._process.stdin.write(np.ascontiguousarray(target).data)
            self._process.stdin.write(np.ascontiguousarray(enhanced).data)
        except BrokenPipeError:
            self._process.wait()
            raise self._failed() from None
        self.frames += 1

    def result(self) -> dict[str, float]:
        """The measures asked for. Raises InputError without frames, WorkError when ffmpeg failed or skipped a frame."""
        if self.frames == 0:
            raise InputError("nothing to measure: no frames")
        try:
            self._process.stdin.flush()
            self._process.stdin.close()
        except BrokenPipeError:
            raise self._failed() from None
        if self._process.wait() != 0:
            raise self._failed()
        readers = {"vmaf": self._vmaf, "xpsnr": self._xpsnr}
        return {name: readers[name]() for name in self.measures}

    def _vmaf(self) -> float:
        found = json.loads((Path(self._work.name) / "vmaf.json").read_text())
        if len(found["frames"]) != self.frames:
            raise WorkError(f"VMAF looked at {len(found['frames'])} of {self.frames} frames")
        return float(found["pooled_metrics"]["vmaf"]["mean"])

    def _xpsnr(self) -> float:
        found = _AVERAGE.search((Path(self._work.name) / "xpsnr.txt").read_text())
        if found is None or int(found[1]) != self.frames:
            raise WorkError(f"XPSNR did not report on all {self.frames} frames")
        return math.inf if found[2] == "inf" else float(found[2])

    def _failed(self) -> WorkError:
        text = (Path(self._work.name) / "errors.txt").read_text(errors="replace")
        lines = text.strip().splitlines() or ["no message"]
        for line in lines:
            if "No such filter" in line:
                return WorkError(
                    f"this ffmpeg cannot measure: {line.strip()}; leave vmaf and xpsnr out of the measures"
                )
        return WorkError(f"ffmpeg failed while measuring: {lines[-1].strip()}")


def _graph(width: int, height: int, measures: tuple[str, ...]) -> str:
    unknown = [name for name in measures if name not in MEASURES]
    if unknown or not measures:
        raise InputError(f"measure {unknown[0] if unknown else ''!r} is not one of {', '.join(MEASURES)}")
    luma = "scale=out_color_matrix=bt709:out_range=limited,format=yuv420p"
    count = len(measures)
    parts = ["[0:v]split[upper][lower]"]
    for source, top, side in (("upper", 0, "target"), ("lower", height, "enhanced")):
        outputs = "".join(f"[{side}_{name}]" for name in measures)
        parts.append(f"[{source}]crop={width}:{height}:0:{top},{luma},split={count}{outputs}")
    if "vmaf" in measures:
        parts.append("[enhanced_vmaf][target_vmaf]libvmaf=log_fmt=json:log_path=vmaf.json:n_threads=1[vmaf]")
    if "xpsnr" in measures:
        # here the first input is the reference: its activity gives the weights
        parts.append("[target_xpsnr][enhanced_xpsnr]xpsnr=stats_file=xpsnr.txt[xpsnr]")
    return ";".join(parts)
