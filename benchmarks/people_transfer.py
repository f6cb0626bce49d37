"""What a network that has seen only our people makes of real ones: the measure by which the people are judged.

    python benchmarks/people_transfer.py DATA... --real REAL [--steps 600] [--people N] [--repeats 1] [--sheet OUT.jpg]

DATA: folders of clean or pair shards with masks. REAL: `NAME.mp4` with `NAME.maps.npz` beside it, whose `person`
`(T, H, W)` uint8 says where the person is. For each data set a small U-Net, always the same with the same steps, is
taught to find the person in its pictures, under framings, exposures and tints that are always drawn alike. Printed side
by side: its overlap (intersection over union of all pixels of a clip) with people of the data set that it has not seen,
and with the real ones, clip by clip; how often a face detector that was taught on real faces finds ours, and how far
its box wanders in shares of the face's width: from frame to frame, and from light to light of the same frame.
`--people`: no more of each set, so that two of different sizes can be compared.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from core.colour import unit_from_levels
from core.errors import InputError, KeyfillError
from core.rng import rng_for
from ingest.face import detect_faces
from pairs.dataset import Dataset

SIDE, SEEN = 128, 64
"""Sides of what the network sees, whatever a frame's shape, and of what it answers."""
WIDTHS = (16, 32, 64, 96)
BATCH, RATE = 16, 2e-3
HELD_OUT = 8
"""Every so manieth person is not taught on."""
SHAPES = (16 / 9, 1.0, 9 / 16, 4 / 3)
SEED = 2025


@dataclass(frozen=True, eq=False)
class Pictures:
    """Frames of a data set. `frames` `(N, H, W, 3)` and `masks` `(N, H, W)` uint8; `faces` `(N, 4)` float32: left, top,
    right, bottom in shares of the frame; `people` `(N,)` int: whose; `groups`: names of clip and frame."""

    frames: np.ndarray
    masks: np.ndarray
    faces: np.ndarray
    people: np.ndarray
    groups: list[tuple[str, int]]


def pictures_of(folder: Path, people: int | None, lightings: int, every: int) -> Pictures:
    """Sources and targets of every `every`-th frame under up to `lightings` lightings of each person, whose face is in
    view. InputError: no mask, nothing there."""
    data = Dataset(folder)
    frames, masks, faces, whose, groups = [], [], [], [], []
    counts: dict[str, int] = {}
    for key in data.keys():
        clip = key.rpartition("-light-")[0] or key
        counts[clip] = counts.get(clip, 0) + 1
        if counts[clip] > lightings or (people is not None and len(counts) > people):
            continue
        if "mask.mkv" not in data.rows(key):
            raise InputError(f"{folder}: {key} has no mask; render with render.outputs: [mask]")
        record = data.clip(key)
        for t in range(0, len(record.source), every):
            box = record.info["face_box"][t]
            if not any(box or ()):
                continue
            size = np.array([record.source.shape[2], record.source.shape[1]] * 2)
            for role in (record.source, record.target):
                frames.append(np.rint(unit_from_levels(role[t]) * 255).astype(np.uint8))
                masks.append(record.mask[t])
                faces.append(np.array(box) / size)
                whose.append(len(counts) - 1)
                groups.append((clip, t))
    if len(counts) < 2 or not frames:
        raise InputError(f"{folder}: holds {len(counts)} people with {len(frames)} faces in view; give two or more")
    return Pictures(np.stack(frames), np.stack(masks), np.array(faces, np.float32), np.array(whose), groups)


class Matte(nn.Module):
    """`(B, 3, 128, 128)` sRGB in `[0, 1]` -> logits `(B, 1, 64, 64)` of a pixel being the person's."""

    def __init__(self) -> None:
        super().__init__()

        def block(before: int, after: int, stride: int) -> nn.Sequential:
            parts: list[nn.Module] = []
            for i in range(2):
                parts += [nn.Conv2d(before if i == 0 else after, after, 3, stride if i == 0 else 1, 1, bias=False)]
                parts += [nn.BatchNorm2d(after), nn.SiLU()]
            return nn.Sequential(*parts)

        self.down = nn.ModuleList(block(a, b, 2) for a, b in zip((3, *WIDTHS), WIDTHS, strict=False))
        pairs = list(zip(WIDTHS[::-1], WIDTHS[-2::-1], strict=False))
        self.up = nn.ModuleList(block(deep + high, high, 1) for deep, high in pairs)
        self.last = nn.Conv2d(WIDTHS[0], 1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kept, x = [], 2 * x - 1
        for part in self.down:
            x = part(x)
            kept.append(x)
        for part, high in zip(self.up, kept[-2::-1], strict=True):
            x = part(torch.cat([F.interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False), high], 1))
        return self.last(x)


def lesson(pictures: Pictures, chosen: np.ndarray, rng: np.random.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Pictures `chosen` as calls show them, `(B, 3, 128, 128)`, and where the person is, `(B, 1, 64, 64)`: cut to the
    framings of phones and monitors, mirrored, of another exposure, contrast, saturation and tint, soft and noisy."""
    seen, answers = [], []
    lines, columns = pictures.masks.shape[1:]
    for number in chosen:
        left, top, right, bottom = pictures.faces[number]
        tall = np.clip(max(bottom - top, 0.05) / rng.uniform(0.18, 0.62), 0.2, 1)
        wide = np.clip(tall * rng.choice(SHAPES) * rng.uniform(0.9, 1.1) * lines / columns, 0.1, 1)
        if rng.random() < 0.25:
            tall = wide = 1.0
        x = np.clip((left + right) / 2 + rng.normal(0, 0.08) * wide, wide / 2, 1 - wide / 2) - wide / 2
        y = np.clip((top + bottom) / 2 + rng.uniform(-0.05, 0.25) * tall, tall / 2, 1 - tall / 2) - tall / 2
        cut = np.s_[round(y * lines) : round((y + tall) * lines), round(x * columns) : round((x + wide) * columns)]
        picture = _small(pictures.frames[number][cut], SIDE).astype(np.float32) / 255
        mask = _small(pictures.masks[number][cut], SEEN).astype(np.float32) / 255
        if rng.random() < 0.5:
            picture, mask = picture[:, ::-1], mask[:, ::-1]
        seen.append(_as_a_camera_sees(picture, rng))
        answers.append(mask)
    return (
        torch.from_numpy(np.ascontiguousarray(np.stack(seen).transpose(0, 3, 1, 2), np.float32)),
        torch.from_numpy(np.ascontiguousarray(np.stack(answers)[:, None])),
    )


def _as_a_camera_sees(picture: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    if rng.random() < 0.4:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.3, 1.2))
    light = np.maximum(picture, 0) ** 2.2 * 2 ** rng.uniform(-0.8, 0.9) * 2 ** rng.normal(0, 0.12, 3)
    picture = np.clip(light, 0, 1) ** (1 / 2.2)
    grey = picture.mean(-1, keepdims=True)
    picture = (grey + (picture - grey) * rng.uniform(0.5, 1.2) - 0.45) * rng.uniform(0.8, 1.2) + 0.45
    return np.clip(picture + rng.standard_normal(picture.shape) * rng.uniform(0, 0.025), 0, 1)


def _small(image: np.ndarray, side: int) -> np.ndarray:
    shrinks = image.shape[0] > side and image.shape[1] > side
    return cv2.resize(image, (side, side), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)


def taught(pictures: Pictures, steps: int, repeat: int) -> Matte:
    """The network after `steps` steps on all people but those that are held out."""
    rng = rng_for(SEED, "people-transfer", "lessons", repeat)
    torch.manual_seed(int(rng_for(SEED, "people-transfer", "weights", repeat).integers(2**31)))
    network = Matte().train()
    known = np.flatnonzero(pictures.people % HELD_OUT != 0)
    optimiser = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-3)
    course = torch.optim.lr_scheduler.OneCycleLR(optimiser, RATE, total_steps=steps, pct_start=0.1)
    for step in range(steps):
        seen, answer = lesson(pictures, known[rng.integers(len(known), size=BATCH)], rng)
        said = network(seen)
        sure = torch.sigmoid(said)
        overlap = 1 - (2 * (sure * answer).sum((1, 2, 3)) + 1) / (sure.sum((1, 2, 3)) + answer.sum((1, 2, 3)) + 1)
        loss = F.binary_cross_entropy_with_logits(said, answer) + overlap.mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        course.step()
        if sys.stderr.isatty() and step % 50 == 0:
            print(f"\rstep {step} of {steps}, loss {float(loss.detach()):.3f} ", end="", file=sys.stderr, flush=True)
    return network.eval()


@torch.no_grad()
def found(network: Matte, frames: np.ndarray) -> np.ndarray:
    """`(N, H, W, 3)` uint8 -> `(N, H, W)` bool: the person, as the network has it."""
    out = []
    for frame in frames:
        seen = torch.from_numpy(_small(frame, SIDE).astype(np.float32) / 255).permute(2, 0, 1)[None]
        said = network(seen)[0, 0].numpy()
        out.append(cv2.resize(said, frame.shape[1::-1], interpolation=cv2.INTER_LINEAR) > 0)
    return np.stack(out)


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Intersection over union of two bool arrays."""
    return float((one & other).sum() / max((one | other).sum(), 1))


def real_clips(folder: Path, every: int) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Frames `(T, H, W, 3)` uint8 and people `(T, H, W)` bool by name. InputError: none there."""
    clips = {}
    for path in sorted(folder.glob("*.maps.npz")):
        video = path.with_name(path.name.replace(".maps.npz", ".mp4"))
        if not video.is_file():
            raise InputError(f"{video}: no such file, but {path.name} is there")
        capture, frames = cv2.VideoCapture(str(video)), []
        while (got := capture.read())[0]:
            frames.append(got[1][..., ::-1])
        with np.load(path, allow_pickle=False) as maps:
            person = maps["person"] >= 128
        count = min(len(frames), len(person))
        clips[video.stem] = (np.stack(frames[:count:every]), person[:count:every])
    if not clips:
        raise InputError(f"{folder}: no NAME.mp4 with NAME.maps.npz beside it")
    return clips


def face_figures(pictures: Pictures) -> dict[str, float]:
    """`faces found`: share of the pictures in which the largest face that the detector sees is the one that is there;
    `box jitter` between lights of one frame: mean distance of the box's corners from their mean, over its width."""
    hits, boxes = 0, {}
    size = np.array([pictures.frames.shape[2], pictures.frames.shape[1]] * 2, np.float32)
    for frame, face, group in zip(pictures.frames, pictures.faces, pictures.groups, strict=True):
        box = _detected(frame)
        middle = (face[:2] + face[2:]) / 2 * size[:2]
        if box is not None and (box[:2] < middle).all() and (middle < box[2:]).all():
            hits += 1
            boxes.setdefault(group, []).append(box)
    return {"faces found": hits / len(pictures.frames), "box jitter": _wander(boxes.values())}


def real_face_figures(clips: dict[str, tuple[np.ndarray, np.ndarray]]) -> dict[str, float]:
    """The same of real clips; their jitter is between frames, against the mean of neighbours."""
    all_found, count, steps = 0, 0, []
    for frames, _ in clips.values():
        boxes = [_detected(frame) for frame in frames]
        all_found, count = all_found + sum(box is not None for box in boxes), count + len(boxes)
        for before, box, after in zip(boxes, boxes[1:], boxes[2:], strict=False):
            if before is not None and box is not None and after is not None:
                steps.append(np.abs(box - (before + after) / 2).mean() / (box[2] - box[0]))
    return {"faces found": all_found / count, "box jitter": float(np.mean(steps)) if steps else float("nan")}


def _detected(frame: np.ndarray) -> np.ndarray | None:
    faces = detect_faces(np.ascontiguousarray(frame))
    if not faces:
        return None
    return np.array([faces[0].left, faces[0].top, faces[0].left + faces[0].width, faces[0].top + faces[0].height])


def _wander(groups: Any) -> float:
    moved = lambda boxes: np.abs(boxes - boxes.mean(0)).mean() / (boxes[:, 2] - boxes[:, 0]).mean()
    apart = [moved(np.array(boxes)) for boxes in groups if len(boxes) > 1]
    return float(np.mean(apart)) if apart else float("nan")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--people", type=int, help="of each data set, at most; default: all")
    parser.add_argument("--lightings", type=int, default=4, help="of each person, at most")
    parser.add_argument("--every", type=int, default=5, help="every so manieth frame of a clip")
    parser.add_argument("--repeats", type=int, default=1, help="other weights and lessons, so many times")
    parser.add_argument("--sheet", type=Path, help="a picture: the middle frame of each real clip, each set's answer")
    args = parser.parse_args()
    try:
        report(args)
    except KeyfillError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    return 0


def report(args: argparse.Namespace) -> None:
    clips = real_clips(args.real, args.every)
    columns: list[dict[str, float]] = []
    middle = lambda video: video[len(video) // 2]
    rows = [[middle(frames), _tinted(middle(frames), middle(person))] for frames, person in clips.values()]
    for folder in args.data:
        pictures = pictures_of(folder, args.people, args.lightings, args.every)
        held = np.flatnonzero(pictures.people % HELD_OUT == 0)
        column: dict[str, list[float]] = {}
        for repeat in range(args.repeats):
            network = taught(pictures, args.steps, repeat)
            for number, (name, (frames, person)) in enumerate(clips.items()):
                said = found(network, frames)
                column.setdefault(name, []).append(overlap(said, person))
                if repeat == 0:
                    rows[number].append(_tinted(middle(frames), middle(said)))
            ours = overlap(found(network, pictures.frames[held]), pictures.masks[held] >= 128)
            column.setdefault("own", []).append(ours)
        means = {name: float(np.mean(values)) for name, values in column.items()}
        spread = [float(np.mean([column[name][r] for name in clips])) for r in range(args.repeats)]
        columns.append(
            {
                "people": float(len(set(pictures.people))),
                "pictures": float(len(pictures.frames)),
                "own people": means.pop("own"),
                "real, mean": float(np.mean(list(means.values()))),
                "real, worst": min(means.values()),
                "repeats apart": max(spread) - min(spread),
                **means,
                **face_figures(pictures),
            }
        )
    real = {name: float("nan") for name in columns[0]} | real_face_figures(clips)
    names = [*(folder.name for folder in args.data), "real"]
    print(f"{'':16}" + "".join(f"{name[:14]:>16}" for name in names))
    for row in columns[0]:
        cells = [f"{column[row]:.0f}" if row in ("people", "pictures") else f"{column[row]:.3f}" for column in columns]
        cells.append("" if np.isnan(real[row]) else f"{real[row]:.3f}")
        print(f"{row:16}" + "".join(f"{cell:>16}" for cell in cells))
    if args.sheet is not None:
        args.sheet.parent.mkdir(parents=True, exist_ok=True)
        tiles = [np.concatenate([_small(picture, 192) for picture in row], 1) for row in rows]
        cv2.imwrite(str(args.sheet), np.concatenate(tiles)[..., ::-1])


def _tinted(frame: np.ndarray, person: np.ndarray) -> np.ndarray:
    """The frame, green where the person is said not to be."""
    out = frame.copy()
    out[~person] = (out[~person] * 0.4 + np.array([0, 120, 0]) * 0.6).astype(np.uint8)
    return out


if __name__ == "__main__":
    sys.exit(main())
