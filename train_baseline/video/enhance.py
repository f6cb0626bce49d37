"""Any video through a trained model, in one call; and the LUT of a frame or a clip for other programs."""

from __future__ import annotations

import os
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import av
import numpy as np

from core.errors import InputError, WorkError
from core.footage.containers import container_of
from core.footage.decode import DEFAULT_FPS
from core.processes import sigterm_as_ctrl_c
from core.progress import Progress, silent
from core.results import kept_results, require_new
from score.learned.threads import one_thread
from train_baseline import run_folder
from train_baseline.data.frames import chosen
from train_baseline.export.cube import check_cube, for_whole_pictures, write_lut
from train_baseline.methods.autoadjust import AdjustMethod
from train_baseline.methods.base import Method
from train_baseline.methods.lut import UNIFORM_KNOTS
from train_baseline.packaged import packaged, packaged_methods
from train_baseline.video.source import CAMERA, opened_source
from train_baseline.video.transcode import tags_of, thumbnail_of, transcode


def enhance(
    run: Path | None,
    source: str | Path,
    out: Path,
    smoothing_s: float = 0.5,
    side_by_side: bool = False,
    crf: int = 18,
    method: str = "model",
    progress: Progress = silent,
    codec: str | None = None,
    fps: float = DEFAULT_FPS,
    restore: Path | None = None,
    replace: bool = False,
) -> dict[str, Any]:
    """Correct every frame of `source` with the model of `run` (None: the checkpoint in the package) and write `out`.

    `source` is a video file, a webcam as `/dev/videoN` (until interrupted), or a folder of pictures, which are shown
    `fps` a second. Video becomes 8-bit 4:2:0 in BT.709, tagged as such, of `codec` "h264", "vp9" or "av1" (None: what
    the ending of `out` stands for); time stamps are kept, and what is beside the pictures (`core.footage.beside`).
    `smoothing_s` is the time constant of the average over what a LUT method predicts, 0 for none. `method` "autoadjust"
    takes the stand-in for the challenge's baseline instead of a model; a method's name is what `run` must hold.
    `restore`: a run whose restoration stands behind it. `progress` counts frames. Returns frames, seconds, frames a
    second, `slower`: how many times longer it took than the video plays, and `notes`: what was mended, and what is not
    as it was. `out` ends in one of `core.footage.containers.ENDINGS` and may be a link, which is followed; a file that
    is there is replaced only with `replace`. InputError for that, for what is no video, is HDR, has colours that are
    not read, or cannot be written there; WorkError at the end for a file that is damaged or cut: what is there was
    corrected.
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
    if not 1 <= fps <= 240:
        raise InputError(f"--fps {fps:g}: expected 1 to 240 pictures a second")
    if not source.startswith(CAMERA) and not os.path.exists(source):
        raise InputError(f"{source}: no such file")
    for name in (out, out.resolve()):
        container_of(name, codec)
    require_new(out, replace)
    corrects = correcting(run, method, restore)
    place = out.resolve()
    temporary = place.with_name(f".{place.stem}.{os.getpid()}{place.suffix}")
    with sigterm_as_ctrl_c():
        try:
            with opened_source(source, fps) as reading:
                session = corrects.placed().session(reading.fps, smoothing_s)
                small = session.on_video != "frames"  # thumbnails, for which one thread is the fastest
                with one_thread() if small else nullcontext():
                    result = transcode(reading, temporary, out, session, side_by_side, crf, codec, progress)
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
    `restore` behind it. Without a run, `method` may name another checkpoint of the package. InputError where it is not
    what the run holds."""
    if method == "autoadjust":
        return AdjustMethod() if restore is None else run_folder.with_restoration(AdjustMethod(), restore, method)
    if run is None and method not in ("model", *packaged_methods()):
        raise InputError(
            f"--method {method}: keyfill comes with checkpoints of {', '.join(packaged_methods())}; train {method} "
            f"(`keyfill methods` says how) and give its folder as RUN"
        )
    place = Path(run) if run is not None else packaged() if method == "model" else packaged(method)
    found = run_folder.load_method(place, restore)
    if method not in ("model", found.config.name):
        raise InputError(f"--method {method}: {place} holds method {found.config.name}; leave --method out")
    return found


def cube(
    run: Path | None,
    source: Path,
    out: Path,
    size: int | None = None,
    frame: int | None = None,
    over: int = 30,
    replace: bool = False,
) -> dict[str, Any]:
    """Write the model's LUT for a video or picture as a `.cube` or `.png` file (`export.cube.write_lut`), made fit for
    whole pictures, as there is no matte (`for_whole_pictures`): of one `frame`, or averaged over up to `over` frames
    evenly spaced over the clip. Returns size, frames and `notes`: what is odd about the video. InputError for what
    holds no such frame, a method without a LUT, or another file at `out` without `replace`; WorkError at the end for a
    video that is damaged or cut: the LUT is that of what is there."""
    check_cube(out, size)
    place = packaged("curves") if run is None else Path(run)
    method = run_folder.load(place).method
    if not method.bakes_lut:
        raise InputError(f"{place}: method {method.config.name} has no LUT that a .cube file could hold; use enhance")
    if not Path(source).exists():
        raise InputError(f"{source}: no such file")
    with opened_source(str(source), DEFAULT_FPS) as reading:
        notes = reading.notes
        frames = (item for item in reading.items(lambda packet: iter(())) if isinstance(item, av.VideoFrame))
        small = [thumbnail_of(picture, tags_of(picture, str(source))) for picture in frames]
    if not small:
        raise InputError(f"{source}: holds no frames")
    if frame is not None and not 0 <= frame < len(small):
        raise InputError(f"{source}: has frames 0 to {len(small) - 1}, asked for {frame}")
    picked = [frame] if frame is not None else chosen(len(small), over)
    lut, knots = method.average_lut(np.stack([small[i] for i in picked]))
    whole, title = for_whole_pictures(lut, knots), f"keyfill {Path(source).stem}"
    with kept_results(out, replace) as aside:
        side = write_lut(aside, whole, UNIFORM_KNOTS, size, title)
    if reading.short:
        raise WorkError(f"{source}: {'; '.join(reading.short)}; {out} is of what is there")
    return {"size": side, "frames": len(picked), "notes": notes}
