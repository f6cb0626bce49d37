"""What a restoration is worth on people it has not seen, and what no restoration could beat.

    python benchmarks/restore_people.py CLEAN --restore RUN [--light RUN] [--against NAME=RUN ...] [--no-vmaf]

Clips of the test split of the clean shards CLEAN go through the degradation (`--config`, seed 5). Rows: the damaged
`input`; the `light` alone (by default the packaged one); `light + restore`; runs given with `--against`; and `mended`,
the undamaged frames under the light that was found in the damaged ones, which is all that a perfect restoration behind
the light can reach. Columns, means over clips: PSNR of the frame and of the subject, SSIM, VMAF, and flicker (how far
changes from frame to frame are from the reference's, in levels), first against the target under the studio's light,
then against `mended`: how well damage is gone. Where clips differ, `light + restore` minus `light` is shown as the
least and most over clips.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import torch

from degrade.config import DegradeConfig
from keyfill.run_config import load_part
from pairs.dataset import Clip, Dataset
from score.fidelity.measures import Meter, inside_of
from score.fidelity.perceptual import PerceptualMeter
from train_baseline import run_folder
from train_baseline.data.frames import Clips, Degrading
from train_baseline.methods.base import MapSession, Session
from train_baseline.methods.field_session import FieldSession
from train_baseline.methods.light_gain import relit
from train_baseline.packaged import packaged

LIGHT, RESTORED, MENDED = "light", "light + restore", "mended"
MEASURES = ("psnr", "subject", "ssim", "vmaf", "flicker")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clean", type=Path)
    parser.add_argument("--restore", type=Path, required=True)
    parser.add_argument("--light", type=Path, default=packaged())
    parser.add_argument("--against", action="append", default=[], help="NAME=RUN")
    parser.add_argument("--config", type=Path, default=Path("configs/degrade/webcam.yaml"))
    parser.add_argument("--no-vmaf", action="store_true")
    args = parser.parse_args()
    torch.set_num_threads(1)
    light = run_folder.load(args.light).method.placed()
    ways = {LIGHT: light, RESTORED: run_folder.with_restoration(light, args.restore, LIGHT).placed()}
    ways |= {
        name: run_folder.load(Path(run)).method.placed() for name, run in (one.split("=", 1) for one in args.against)
    }
    degrading = Degrading(load_part(args.config, "degrade", DegradeConfig)[0], 5)
    data, rows = Dataset(args.clean), dict[str, list[list[float]]]()
    for one in Clips(args.clean, "test", 1, 1).listed:
        clip, undamaged = degrading.apply_beside(data.clip(one.key))
        fps = clip.record.fps or 30.0
        mended = under_its_light(light.session(fps, 0.5), clip.source, undamaged, fps)
        shown = {name: through(way.session(fps, 0.5), clip.source, fps) for name, way in ways.items()}
        shown = {"input": clip.source, **shown, MENDED: mended}
        for name, frames in shown.items():
            found = measured(clip, frames, clip.target, fps, not args.no_vmaf)
            rows.setdefault(name, []).append([*found, *measured(clip, frames, mended, fps, not args.no_vmaf)])
    heads = [f"{name}, {of}" for of in ("target", "mended") for name in MEASURES]
    print(f"| {' | '.join(['row', *heads])} |\n|{' --- |' * (1 + len(heads))}")
    for name, found in rows.items():
        print(f"| {name} | {' | '.join(f'{value:.2f}' for value in np.mean(found, 0))} |")
    gain = np.array(rows[RESTORED]) - np.array(rows[LIGHT])
    print(f"{len(gain)} clips; {RESTORED} minus {LIGHT}, least and most over clips:")
    spread = zip(heads, gain.min(0), gain.max(0), strict=True)
    print(", ".join(f"{head}: {low:.2f} to {high:.2f}" for head, low, high in spread))


def through(session: Session, frames: np.ndarray, fps: float) -> np.ndarray:
    """Frames `(T, H, W, 3)` uint8, corrected one after the other."""
    return np.stack([session.correct(frame, 1 / fps if i else 0.0) for i, frame in enumerate(frames)])


@torch.no_grad()
def under_its_light(session: Session, damaged: np.ndarray, undamaged: np.ndarray, fps: float) -> np.ndarray:
    """Undamaged frames under the light that a session finds in damaged ones."""
    shown = []
    for i, (seen, frame) in enumerate(zip(damaged, undamaged, strict=True)):
        elapsed_s = 1 / fps if i else 0.0
        if isinstance(session, MapSession):
            shown.append(session.colour_map(seen, elapsed_s)(frame))
            continue
        assert isinstance(session, FieldSession), "its light cannot be put on another frame"
        found = session.next(seen, elapsed_s)
        picture = torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255
        gain = torch.from_numpy(found.gain).permute(2, 0, 1)[None]
        lit = relit(picture, gain, torch.from_numpy(found.person)[None, None])[0]
        shown.append((lit * 255).round().to(torch.uint8).permute(1, 2, 0).numpy())
    return np.stack(shown)


def measured(clip: Clip, frames: np.ndarray, answer: np.ndarray, fps: float, vmaf: bool) -> list[float]:
    """`MEASURES` of frames against an answer; equal ones are 100 dB."""
    whole, subject = Meter(("psnr", "ssim")), Meter(("psnr",))
    for i, (frame, wanted) in enumerate(zip(frames, answer, strict=True)):
        whole.add(frame, wanted)
        if clip.mask is not None and (inside := inside_of(clip.mask[i])).any():
            subject.add(frame, wanted, inside)
    quality = float("nan")
    if vmaf:
        with PerceptualMeter(frames.shape[2], frames.shape[1], ("vmaf",), fps) as meter:
            for frame, wanted in zip(frames, answer, strict=True):
                meter.add(frame, wanted)
            quality = meter.result()["vmaf"]
    changes = frames.astype(np.int16)[1:] - frames[:-1] - (answer.astype(np.int16)[1:] - answer[:-1])
    found = whole.result()
    flicker = float(np.abs(changes).mean()) if len(changes) else float("nan")
    return [
        *(min(value, 100.0) for value in (found["psnr"], subject.result()["psnr"])),
        found["ssim"],
        quality,
        flicker,
    ]


if __name__ == "__main__":
    main()
