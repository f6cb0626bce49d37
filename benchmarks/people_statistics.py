"""How drawn people differ from filmed ones, in numbers: where faces are, their colour and light, how sharp they are.

    python benchmarks/people_statistics.py DATA... --real REAL [--people 60] [--lightings 2] [--side 48]

DATA: folders of clean or pair shards with masks; sources and targets are measured apart. REAL: as `people_transfer.py`
has it. Every face is found by the same networks (`ingest.face`), and scaled to `--side` pixels of width before anything
fine is measured; smaller faces count for place, light and colour only. Printed for each: the median and the values
that a tenth lies under and over; below, what differs most from the real ones, in standard deviations of these.
"""

from __future__ import annotations

import argparse
import sys
from collections import defaultdict
from pathlib import Path

import cv2
import numpy as np
from people_transfer import pictures_of, real_clips

from core.colour import REC709_LUMA
from core.errors import KeyfillError
from ingest.face import FaceTracker
from score.fidelity.measures import lab_from_srgb8

# Landmarks of MediaPipe's face mesh: both cheeks, forehead, lips, chin and top.
_LEFT_CHEEK, _RIGHT_CHEEK = (117, 118, 101, 36, 205, 187, 123), (346, 347, 330, 266, 425, 411, 352)
_FOREHEAD, _LIPS = (108, 151, 337, 9), (61, 84, 17, 314, 291, 267, 0, 37)
_REACH = 0.16
"""How far to either side an outline is looked at, in widths of the face."""
_SIDES_APART = 20.0
"""Levels by which person and background have to differ for an outline to be measured."""
NAMES = {
    "face height": "of the frame's",
    "face across": "its middle, 0.5 is the frame's",
    "face down": "its middle, 0 is the frame's top",
    "person": "share of the frame",
    "skin L*": "cheeks and forehead",
    "skin chroma": "C*ab",
    "skin hue": "degrees, 0 red, 90 yellow",
    "lips redder": "a* over the cheeks'",
    "skin uneven": "sd of L* within cheeks and forehead",
    "cheeks apart": "L*, one over the other",
    "background L*": "all but the person",
    "background C*": "all but the person",
    "outline width": "of the face's width, steepest",
    "outline contrast": "levels of luma",
    "face contrast": "sd of luma, of its mean",
    "face gradient": "mean, of its mean luma, a pixel",
    "gradient kurtosis": "of the face's",
    "power slope": "log power by log frequency",
    "power, fine": "dB, finest octave to the one of features",
    "power, middle": "dB, second finest octave to the same",
}


def measured(frame: np.ndarray, person: np.ndarray, side: int) -> dict[str, float]:
    """Measures of one picture `(H, W, 3)` uint8 with `person` `(H, W)` bool; none where no face is found."""
    places = FaceTracker().next(frame)
    if places is None or not person.any():
        return {}
    lines, columns = frame.shape[:2]
    low, high = places.min(0), places.max(0)
    middle = (low + high) / 2
    lab = lab_from_srgb8(frame)
    cheeks = [_inside(frame, places[list(part)]) for part in (_LEFT_CHEEK, _RIGHT_CHEEK)]
    skin = cheeks[0] | cheeks[1] | _inside(frame, places[list(_FOREHEAD)])
    found = {
        "face height": float(high[1] - low[1]) / lines,
        "face across": float(middle[0]) / columns,
        "face down": float(middle[1]) / lines,
        "person": float(person.mean()),
    }
    if not person.all():
        outside = lab[~person].mean(0)
        found |= {"background L*": float(outside[0])}
        found |= {"background C*": float(np.hypot(lab[~person][:, 1], lab[~person][:, 2]).mean())}
    if skin.sum() >= 12 and all(part.any() for part in cheeks):
        lightness, a, b = np.median(lab[skin], 0)
        sides = [float(lab[part][:, 0].mean()) for part in cheeks]
        found |= {
            "skin L*": float(lightness),
            "skin chroma": float(np.hypot(a, b)),
            "skin hue": float(np.degrees(np.arctan2(b, a))),
            "skin uneven": float(lab[skin][:, 0].std()),
            "cheeks apart": abs(sides[0] - sides[1]),
        }
        if (lips := _inside(frame, places[list(_LIPS)])).any():
            found["lips redder"] = float(np.median(lab[lips][:, 1]) - a)
    width = float(high[0] - low[0])
    return found | (_fine(frame, person, places, side / width) if width >= side else {})


def _inside(frame: np.ndarray, corners: np.ndarray) -> np.ndarray:
    drawn = np.zeros(frame.shape[:2], np.uint8)
    cv2.fillConvexPoly(drawn, cv2.convexHull(np.rint(corners).astype(np.int32)), (1,))
    return drawn > 0


def _fine(frame: np.ndarray, person: np.ndarray, places: np.ndarray, scale: float) -> dict[str, float]:
    """What depends on size, after scaling by `scale` at most 1."""
    size = tuple(max(8, round(length * scale)) for length in frame.shape[1::-1])
    luma = cv2.resize(frame, size, interpolation=cv2.INTER_AREA).astype(np.float32) @ REC709_LUMA
    inside = cv2.resize(person.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    places = places * scale
    width = float(np.ptp(places[:, 0]))
    face = _inside(luma, places)
    mean = float(luma[face].mean()) + 1.0
    gradient = np.hypot(cv2.Sobel(luma, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(luma, cv2.CV_32F, 0, 1, scale=1 / 8))
    steps = np.diff(luma, axis=1)[face[:, 1:] & face[:, :-1]]
    found = {
        "face contrast": float(luma[face].std()) / mean,
        "face gradient": float(gradient[face].mean()) / mean,
        "gradient kurtosis": float((((steps - steps.mean()) / max(steps.std(), 1e-6)) ** 4).mean()),
    }
    return found | _spectrum(luma, places) | _outline(luma, inside, width)


def _spectrum(luma: np.ndarray, places: np.ndarray) -> dict[str, float]:
    """Of the square within the face, weighted to nothing at its rim."""
    middle, side = (places.min(0) + places.max(0)) / 2, int(0.8 * np.ptp(places[:, 0]))
    left, top = np.rint(middle - side / 2).astype(int)
    cut = luma[max(top, 0) : top + side, max(left, 0) : left + side]
    if cut.shape != (side, side):
        return {}
    window = np.hanning(side)[:, None] * np.hanning(side)
    power = np.abs(np.fft.fft2((cut / max(cut.mean(), 1) - 1) * window)) ** 2
    frequency = np.fft.fftfreq(side)
    radius = np.hypot(frequency[:, None], frequency)  # cycles a pixel
    octave = [power[(radius >= 2.0**-n) & (radius < 2.0 ** (1 - n))].mean() for n in (2, 3, 4)]
    ring = np.arange(3, side // 2)
    each = [power[np.abs(radius * side - n) < 0.5].mean() for n in ring]
    return {
        "power slope": float(np.polyfit(np.log(ring), np.log(np.array(each) + 1e-12), 1)[0]),
        "power, fine": float(10 * np.log10((octave[0] + 1e-12) / (octave[2] + 1e-12))),
        "power, middle": float(10 * np.log10((octave[1] + 1e-12) / (octave[2] + 1e-12))),
    }


def _outline(luma: np.ndarray, inside: np.ndarray, width: float) -> dict[str, float]:
    """Steepest step across the person's outline, which is looked for up to `_REACH` faces to either side of where the
    mask has it, because a segmenter's outline is a little off; its width is the contrast over the steepest slope."""
    soft = cv2.GaussianBlur(inside, (0, 0), 2.0)
    across = np.stack([cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)], -1)
    steep = np.linalg.norm(across, axis=-1)
    rows, columns = np.nonzero(np.abs(soft - 0.5) < 0.12)
    keep = (rows > 3) & (columns > 3) & (rows < len(luma) - 4) & (columns < luma.shape[1] - 4)
    rows, columns = rows[keep], columns[keep]
    if not len(rows):
        return {}
    way = across[rows, columns] / steep[rows, columns, None]
    reach = np.arange(-_REACH * width, _REACH * width + 0.25, 0.5)
    x, y = columns[:, None] + way[:, :1] * reach, rows[:, None] + way[:, 1:] * reach
    seen = cv2.remap(
        luma, x.astype(np.float32), y.astype(np.float32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    end = max(2, len(reach) // 6)
    contrast = np.abs(seen[:, :end].mean(1) - seen[:, -end:].mean(1))
    steepest = np.abs(seen[:, 2:] - seen[:, :-2]).max(1)  # levels a pixel: two halves apart
    good = (contrast > _SIDES_APART) & (steepest > 0)
    if good.sum() < 8:
        return {}
    return {
        "outline width": float(np.median(contrast[good] / steepest[good])) / width,
        "outline contrast": float(np.median(contrast)),
    }


def gathered(frames: np.ndarray, people: np.ndarray, side: int) -> dict[str, np.ndarray]:
    """Each measure over pictures `(N, H, W, 3)`."""
    values: dict[str, list[float]] = defaultdict(list)
    for frame, person in zip(frames, people, strict=True):
        for name, value in measured(frame, person, side).items():
            if np.isfinite(value):
                values[name].append(value)
    return {name: np.array(row) for name, row in values.items()}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="+")
    parser.add_argument("--real", type=Path, required=True)
    parser.add_argument("--people", type=int, default=60, help="of each data set, at most")
    parser.add_argument("--lightings", type=int, default=2, help="of each person, at most")
    parser.add_argument("--every", type=int, default=10, help="every so manieth frame of a clip")
    parser.add_argument("--side", type=int, default=48, help="pixels of a face's width to which it is scaled")
    args = parser.parse_args()
    try:
        columns = {}
        for folder in args.data:
            pictures = pictures_of(folder, args.people, args.lightings, args.every)
            people = pictures.masks >= 128
            for which, role in enumerate(("source", "target")):
                name = f"{folder.name} {role}"
                columns[name] = gathered(pictures.frames[which::2], people[which::2], args.side)
        clips = [gathered(frames, people, args.side) for frames, people in real_clips(args.real, args.every).values()]
    except KeyfillError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    columns["real"] = {
        name: np.concatenate([clip[name] for clip in clips if name in clip])
        for name in NAMES
        if any(name in clip for clip in clips)
    }
    _print(columns)
    return 0


def _print(columns: dict[str, dict[str, np.ndarray]]) -> None:
    print(f"{'':18}" + "".join(f"{name:>26}" for name in columns))
    for name, what in NAMES.items():
        cells = [_cell(column.get(name)) for column in columns.values()]
        print(f"{name:18}" + "".join(f"{cell:>26}" for cell in cells) + f"   {what}")
    real = columns["real"]
    for title, column in columns.items():
        if title == "real":
            continue
        apart = {
            name: (np.median(column[name]) - np.median(real[name])) / max(float(real[name].std()), 1e-9)
            for name in NAMES
            if name in column and name in real
        }
        most = sorted(apart, key=lambda name: -abs(apart[name]))[:6]
        print(f"{title} differs most in: " + ", ".join(f"{name} {apart[name]:+.1f}" for name in most))


def _cell(values: np.ndarray | None) -> str:
    if values is None or not len(values):
        return "-"
    low, middle, high = np.percentile(values, [10, 50, 90])
    return f"{middle:.3g} ({low:.3g} to {high:.3g})"


if __name__ == "__main__":
    sys.exit(main())
