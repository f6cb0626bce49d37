"""What methods do to real faces: harm where the light is good as it comes, the way back where it was made worse.

    python benchmarks/real_faces.py FOLDER [--run RUN ...] [--webcam] [--sheets OUT] [--json FILE]

FOLDER holds videos of well-lit people. Person and face are found by the bundled networks. Each clip goes through every
method as it is, and with the person darkened in linear light (`score.darken`), alone or, with `--webcam`, with the
webcam's chain on top. Prints a table a way of light, means over clips with 95% intervals (bootstrap over clips) and the
worst clip. Methods: nothing, AutoAdjust, the packaged model, and every RUN given.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from core.config import load
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from ingest.face import FaceTracker, face_map
from ingest.person import person_coverage
from pairs.video import iter_frames
from score.autoadjust import AutoAdjust
from score.darken import DARKENINGS, darkened_clip
from score.fidelity.footage import VIDEOS
from score.real_faces import MEASURES, OverClips, RealMeter, over_clips
from train_baseline import run_folder
from train_baseline.data.batches import thumbnail
from train_baseline.methods.lut import apply_to_frame
from train_baseline.methods.network import Network
from train_baseline.video.enhance import PACKAGED
from train_baseline.video.lut_stream import ModelLuts

Corrected = Iterator[tuple[np.ndarray, np.ndarray | None]]
"""Frame after frame: what comes out, and the matte, float32 `[0, 1]`, where the method has one."""
Method = Callable[[list[np.ndarray], float], Corrected]
WEBCAM = Path(__file__).parents[1] / "configs" / "degrade" / "webcam.yaml"


@dataclass(frozen=True)
class Clip:
    """A real clip with what the networks see in it."""

    name: str
    fps: float
    frames: list[np.ndarray]
    people: list[np.ndarray]
    faces: list[np.ndarray]
    landmarks: list[np.ndarray | None]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", type=Path, action="append", default=[], help="a run folder; may be given again")
    parser.add_argument("--frames", type=int, default=60, help="at most so many of each clip")
    parser.add_argument("--every", type=int, default=5, help="take the dear measures of every so many frames")
    parser.add_argument("--webcam", action="store_true", help="each also through the webcam's chain")
    parser.add_argument("--sheets", type=Path, help="a folder for pictures: a file a clip, its middle frame everywhere")
    parser.add_argument("--json", type=Path, help="write every clip's numbers there")
    args = parser.parse_args()
    torch.set_num_threads(1)
    methods: dict[str, Method] = {"nothing": unchanged, "autoadjust": autoadjusted, "packaged": model_of(PACKAGED)}
    methods |= {run.name: model_of(run) for run in args.run}
    clips = [read(path, args.frames) for path in sorted(args.folder.iterdir()) if path.suffix.lower() in VIDEOS]
    webcam = load(WEBCAM, DegradeConfig) if args.webcam else None
    rows: dict[str, dict[str, dict[str, dict[str, float]]]] = {}
    for clip in clips:
        shown: list[list[np.ndarray]] = []
        for light, given in lights_of(clip, webcam):
            middle = len(clip.frames) // 2
            shown.append([given[middle]])
            for name, method in methods.items():
                outputs = list(method(given, clip.fps))
                shown[-1].append(outputs[middle][0])
                rows.setdefault(light, {}).setdefault(name, {})[clip.name] = measured(clip, given, outputs, args.every)
        if args.sheets is not None:
            write_sheet(args.sheets / f"{clip.name}.jpg", [[*line, clip.frames[middle]] for line in shown])
    for light, found in rows.items():
        print_table(light, {name: over_clips(row) for name, row in found.items()})
    if args.json is not None:
        args.json.write_text(json.dumps(rows, indent=1, sort_keys=True), encoding="utf-8")


def read(path: Path, most: int) -> Clip:
    """The first `most` frames, even sides."""
    import av

    with av.open(str(path)) as container:
        fps = float(container.streams.video[0].average_rate or 30)
    frames = []
    for frame in iter_frames(str(path), str(path)):
        frames.append(np.ascontiguousarray(frame[: frame.shape[0] // 2 * 2, : frame.shape[1] // 2 * 2]))
        if len(frames) == most:
            break
    tracker = FaceTracker()
    landmarks = [tracker.next(frame) for frame in frames]
    faces = [face_map(points, *frame.shape[:2]) > 0 for points, frame in zip(landmarks, frames, strict=True)]
    return Clip(path.stem, fps, frames, [person_coverage(frame) for frame in frames], faces, landmarks)


def lights_of(clip: Clip, webcam: DegradeConfig | None) -> Iterator[tuple[str, list[np.ndarray]]]:
    """The clip as it is and in each bad light, and each through the webcam's chain."""
    lights = {"as it is": clip.frames}
    for name, how in DARKENINGS.items():
        lights[name] = list(darkened_clip(clip.frames, clip.people, clip.faces, how))
    yield from lights.items()
    if webcam is None:
        return
    height, width = clip.frames[0].shape[:2]
    params = draw_params(webcam, 0, clip.name, len(clip.frames), width, height, clip.fps)
    for name, frames in lights.items():
        yield f"{name}, webcam", list(degrade_clip(np.stack(frames), params))


def measured(clip: Clip, given: list[np.ndarray], outputs: list, every: int) -> dict[str, float]:
    """The measures of one clip under one method."""
    meter = RealMeter(every)
    for i, (output, matte) in enumerate(outputs):
        meter.add(given[i], output, clip.frames[i], clip.people[i], clip.faces[i], clip.landmarks[i], matte)
    return meter.result()


def unchanged(frames: list[np.ndarray], fps: float) -> Corrected:
    for frame in frames:
        yield frame, None


def autoadjusted(frames: list[np.ndarray], fps: float) -> Corrected:
    """The stand-in for the challenge's baseline; it is not told where the person is, as in `keyfill enhance`."""
    adjust = AutoAdjust(fps)
    for frame in frames:
        yield adjust(frame), None


def model_of(run: Path) -> Method:
    """A run's model as `keyfill enhance` uses it, smoothed over half a second, without the video coding."""
    network: Network = run_folder.load(run).network

    def corrected(frames: list[np.ndarray], fps: float) -> Corrected:
        luts = ModelLuts(network, 0.5)
        for number, frame in enumerate(frames):
            lut, lines = luts.next(thumbnail(frame), 1 / fps if number else 0.0)
            output = apply_to_frame(lut, frame, luts.knots, lines)
            yield output, None if lines is None else share_of_frame(frame, lines)

    return corrected


def share_of_frame(frame: np.ndarray, lines: np.ndarray) -> np.ndarray:
    """The matte at the frame's size, `(H, W)` float32."""
    from train_baseline.methods.matte_edge import share_of

    picture = torch.from_numpy(frame).permute(2, 0, 1)[None].float() / 255
    return share_of(torch.from_numpy(lines)[None], picture)[0, 0].numpy()


def print_table(light: str, found: dict[str, dict[str, OverClips]]) -> None:
    print(f"\n{light}\n{'':<18}" + "".join(f"{name:>34}" for name in found))
    for measure in MEASURES:
        if any(measure in row for row in found.values()):
            print(f"{measure:<18}" + "".join(f"{told(row.get(measure)):>34}" for row in found.values()))


def told(value: OverClips | None) -> str:
    """Mean, interval, worst."""
    if value is None:
        return "-"
    return "{mean:.3f} ({low:.3f}, {high:.3f}) {worst:.3f}".format(**asdict(value))


def write_sheet(path: Path, lines: list[list[np.ndarray]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.vstack([np.hstack(line) for line in lines])[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])


if __name__ == "__main__":
    main()
