"""Any video through a trained model, in one call; and the LUT of a frame or a clip for other programs."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any

import av
import numpy as np
import torch

from core.errors import InputError, WorkError
from core.footage.decode import DEFAULT_FPS, Decoding, rate_of, video_stream
from core.progress import Progress
from train_baseline import run_folder
from train_baseline.data.frames import chosen
from train_baseline.export.cube import check_cube, write_cube
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.methods.base import Method
from train_baseline.methods.lut_method import LutMethod
from train_baseline.threads import one_thread
from train_baseline.video.transcode import CAMERA, opened, tags_of, thumbnail_of, transcode

PACKAGED = Path(__file__).parents[1] / "checkpoint"
"""The checkpoint that comes with keyfill."""
ENDINGS = (".mp4", ".m4v", ".mov", ".mkv", ".avi", ".ts", ".mts", ".m2ts", ".flv", ".f4v", ".3gp", ".nut")
"""Of videos that can hold H.264 with sound. Others are refused before libav sees them: with some it crashes."""


def packaged() -> Path:
    """The run folder in the package. InputError where this copy of keyfill has none."""
    if not (PACKAGED / run_folder.CHECKPOINT).exists():
        raise InputError("this copy of keyfill comes without a checkpoint; train one and give its folder as RUN")
    return PACKAGED


def enhance(
    run: Path | None,
    source: str | Path,
    out: Path,
    smoothing_s: float = 0.5,
    side_by_side: bool = False,
    crf: int = 18,
    method: str = "model",
    progress: Progress | None = None,
    restore: Path | None = None,
) -> dict[str, Any]:
    """Correct every frame of `source` with the model of `run` (None: the checkpoint in the package) and write `out`.

    `source` is a video file, or a webcam as `/dev/videoN` (until interrupted). Video becomes H.264, 8-bit 4:2:0,
    BT.709, tagged as such; sound is copied untouched; time stamps are kept. `smoothing_s` is the time constant of the
    average over what a LUT method predicts, 0 for none. `method` "autoadjust" takes the stand-in for the challenge's
    baseline instead of a model; a method's name is what `run` must hold. `restore`: a run whose restoration stands
    behind it. `progress` counts frames. Returns frames, seconds, frames a second, `slower`: how many times longer it
    took than the video plays, and `notes`: what was mended. `out` ends in one of `ENDINGS` and may be a link, which is
    followed. InputError for what is no video, is HDR, has colours that are not read, or cannot be written there;
    WorkError at the end for a file that is damaged or cut: what is there was corrected.
    """
    source, out = str(source), Path(out)
    if not 0 <= smoothing_s <= 60:
        raise InputError(f"--smooth {smoothing_s:g}: expected 0 to 60 seconds")
    if not 0 <= crf <= 51:
        raise InputError(f"--crf {crf}: expected 0 (best) to 51 (smallest)")
    if out.exists() and os.path.exists(source) and os.path.samefile(source, out):
        raise InputError(f"{out}: is the input itself; choose another name for the output")
    if out.is_dir() or not out.resolve().parent.is_dir():
        raise InputError(f"{out}: cannot be written there; give a file name such as OUT.mp4 in a folder that exists")
    if not source.startswith(CAMERA) and not os.path.isfile(source):
        raise InputError(f"{source}: no such file")
    for name in (out, out.resolve()):
        if name.suffix.lower() not in ENDINGS:
            raise InputError(f"{name}: no video that is written here; choose a name such as OUT.mp4 or OUT.mkv")
    corrects = correcting(run, method, restore)
    place = out.resolve()
    temporary = place.with_name(f".{place.stem}.{os.getpid()}{place.suffix}")
    with _sigterm_as_ctrl_c():
        try:
            with opened(source) as reading:
                fps = rate_of(video_stream(reading)) or DEFAULT_FPS
                session = corrects.placed().session(fps, smoothing_s)
                small = session.on_video == "lut"  # thumbnails, for which one thread is the fastest
                with one_thread() if small else nullcontext():
                    result = transcode(reading, source, temporary, out, session, side_by_side, crf, progress)
            os.replace(temporary, place)
        except (av.FFmpegError, OSError) as error:
            raise WorkError(f"{out}: {error}") from error
        finally:
            temporary.unlink(missing_ok=True)
    if result["short"]:
        raise WorkError(f"{source}: {'; '.join(result['short'])}; {out} holds what is there")
    return result


def correcting(run: Path | None, method: str = "model", restore: Path | None = None) -> Method[Any]:
    """The method that corrects a video: of `run`, the package's own, or AutoAdjust's stand-in; the restoration of
    `restore` behind it. InputError where `method` is another than the run holds."""
    if method == "autoadjust":
        return AdjustMethod() if restore is None else run_folder.with_restoration(AdjustMethod(), restore, method)
    place = packaged() if run is None else Path(run)
    found = run_folder.load_method(place, restore)
    if method not in ("model", found.config.name):
        where = "the package's own checkpoint" if run is None else str(place)
        raise InputError(
            f"--method {method}: {where} holds method {found.config.name}; train {method} with "
            f"configs/methods/{method}.yaml and give its folder as RUN"
        )
    return found


@contextmanager
def _sigterm_as_ctrl_c() -> Iterator[None]:
    """Inside, SIGTERM raises KeyboardInterrupt, so that nothing half-written is left; at the end the process dies of it
    as it would have. Nothing changes where somebody else handles it, or in another thread than the main one."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    came = threading.Event()

    def stop(number: int, frame: object) -> None:
        came.set()
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if came.is_set():
            os.kill(os.getpid(), signal.SIGTERM)


def cube(
    run: Path | None, source: Path, out: Path, size: int = 36, frame: int | None = None, over: int = 30
) -> dict[str, Any]:
    """Write the model's LUT for a video or picture as a `.cube` file: of one `frame`, or averaged over up to `over`
    frames evenly spaced over the clip. Returns size and frames. Raises InputError for what holds no such frame, or a
    method without a LUT."""
    check_cube(out, size)
    place = packaged() if run is None else Path(run)
    method = run_folder.load(place).method
    if not isinstance(method, LutMethod):
        raise InputError(f"{place}: method {method.config.name} has no LUT that a .cube file could hold; use enhance")
    if not Path(source).is_file():
        raise InputError(f"{source}: no such file")
    with opened(str(source)) as reading:
        frames = (picture for _, pictures in Decoding(reading, Path(source)) for picture in pictures)
        small = [thumbnail_of(picture, tags_of(picture, str(source))) for picture in frames]
    if not small:
        raise InputError(f"{source}: holds no frames")
    if frame is not None and not 0 <= frame < len(small):
        raise InputError(f"{source}: has frames 0 to {len(small) - 1}, asked for {frame}")
    picked = [frame] if frame is not None else chosen(len(small), over)
    lut = lut_over(method, np.stack([small[i] for i in picked]))
    write_cube(out, lut, method.knots, size, title=f"keyfill {Path(source).stem}")
    return {"size": size, "frames": len(picked)}


@torch.no_grad()
def lut_over(method: LutMethod, thumbnails: np.ndarray) -> torch.Tensor:
    """The average LUT `(3, M, M, M)` over thumbnails `(T, 45, 80, 3)` uint8 sRGB."""
    images = torch.from_numpy(thumbnails).permute(0, 3, 1, 2).float() / 255
    return method.bake(method(images).weights).mean(0)
