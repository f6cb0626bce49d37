"""Faults that are put into pictures to teach a judge: drawn, kept as a record, and put in. numpy, OpenCV, libav.

A version of a moment is a short clip of it with `Faults`: numbers that say how much of each. Light is changed in linear
light on the still; the rest is done to the frames.
"""

from __future__ import annotations

import functools
import io
import math
from dataclasses import dataclass, replace

import av
import cv2
import numpy as np

from core.colour import linear_from_srgb, luminance, srgb_from_linear
from core.rng import rng_for
from score.learned.light_truth import DARKEST, plane_of

NOISES = 1 << 21
BLOCKS_AT_BEST, CRF_AT_BEST, CRF_A_STEP = 70.0, 24.0, 9.0
"""JPEG quality and H.264 crf at which coding takes next to nothing, and crf for one more of severity."""


@dataclass(frozen=True)
class Faults:
    """How much of each fault; a neutral one changes nothing.

    `stops` on the person, `room_stops` on the rest; `ramp_stops` across the face, in the direction of the studio's own,
    `flat` share taken away of all that the light changes over the face, across and down; `skin`, `room`: stops of red
    and blue on person and rest; `noise` levels; `blocks` severity, by H.264 where `coder` is 1, else JPEG; `blur`
    pixels; `sharpen` share; `flicker` stops; `spill_stops` at an outline that is `spill_px` wide of it (negative: short
    of it); `soften` share of the face's fine detail, with a filter that keeps edges where `beauty` is 1.
    """

    stops: float = 0.0
    room_stops: float = 0.0
    ramp_stops: float = 0.0
    flat: float = 0.0
    skin: tuple[float, float] = (0.0, 0.0)
    room: tuple[float, float] = (0.0, 0.0)
    noise: float = 0.0
    blocks: float = 0.0
    coder: int = 0
    blur: float = 0.0
    sharpen: float = 0.0
    flicker: float = 0.0
    flicker_all: bool = True
    spill_stops: float = 0.0
    spill_px: float = 0.0
    soften: float = 0.0
    beauty: int = 0


def relit(
    linear: np.ndarray,
    mask: np.ndarray,
    face: np.ndarray,
    box: tuple[float, float, float, float],
    slope: float,
    faults: Faults,
) -> np.ndarray:
    """`(H, W, 3)` linear light with the faults of light, float32. `mask`, `face` `(H, W)` in `[0, 1]`; `box`: the face,
    pixels; `slope`: the studio's own ramp across the face, stops from its left edge to its right, whose direction an
    added one takes."""
    if any((faults.stops, faults.room_stops, faults.ramp_stops, *faults.skin, *faults.room)):
        left, _, right, _ = box
        across = (np.arange(linear.shape[1], dtype=np.float32) + 0.5 - left) / max(right - left, 1.0)
        across = np.clip(across, -0.5, 1.5) - 0.5
        ramp = (faults.ramp_stops if slope >= 0 else -faults.ramp_stops) * across
        person = faults.stops + ramp[None, :, None] + np.array([faults.skin[0], 0, faults.skin[1]], np.float32)
        rest = faults.room_stops + np.array([faults.room[0], 0, faults.room[1]], np.float32)
        linear = linear * np.exp2(mask[..., None] * person + (1 - mask[..., None]) * rest).astype(np.float32)
    if faults.flat:
        plane = plane_of(np.log2(luminance(linear) + DARKEST), face).over(mask.shape, 1.0)
        linear = linear * np.exp2(-faults.flat * mask * plane)[..., None].astype(np.float32)
    return linear


def spilt(linear: np.ndarray, mask: np.ndarray, faults: Faults) -> tuple[np.ndarray, float]:
    """A person lit by `spill_stops` through a matte that is too wide or too narrow, after the right matte had taken as
    much away: right inside and far off, wrong at the outline. With it the mean stops amiss in a band around it."""
    if not faults.spill_stops:
        return linear, 0.0
    wrong = mask
    reach = max(1, round(abs(faults.spill_px)))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    wrong = (cv2.dilate if faults.spill_px > 0 else cv2.erode)(mask, kernel)
    wrong = cv2.GaussianBlur(wrong, (0, 0), max(abs(faults.spill_px) / 2, 0.5))
    amiss = faults.spill_stops * (wrong - mask)
    wide = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (13, 13))
    band = cv2.dilate(mask, wide) - cv2.erode(mask, wide)
    share = float((np.abs(amiss) * band).sum() / max(float(band.sum()), 1.0))
    return linear * np.exp2(amiss)[..., None].astype(np.float32), share


def softened(srgb: np.ndarray, face: np.ndarray, faults: Faults) -> tuple[np.ndarray, float]:
    """A face whose fine detail is taken away, and the share of it that is gone. `face` `(H, W)` in `[0, 1]`."""
    if not faults.soften:
        return srgb, 0.0
    if faults.beauty:
        smooth = cv2.bilateralFilter(srgb, 9, 0.06 + 0.24 * faults.soften, 4)
    else:
        smooth = cv2.GaussianBlur(srgb, (0, 0), 3.0)
    share = face[..., None] * min(1.0, faults.soften * (1.6 if faults.beauty else 0.9))
    out = srgb + share * (smooth - srgb)
    before, after = (_detail(picture, face) for picture in (srgb, out))
    return out, max(0.0, 1 - after / max(before, 1e-6))


def _detail(srgb: np.ndarray, where: np.ndarray) -> float:
    grey = np.ascontiguousarray(luminance(srgb))
    fine = grey - cv2.GaussianBlur(grey, (0, 0), 2.0)
    return math.sqrt(float((fine**2 * where).sum() / max(float(where.sum()), 1e-3)))


def moved(srgb: np.ndarray, path: np.ndarray) -> np.ndarray:
    """A still `(H, W, 3)` as frames `(T, H, W, 3)`, along `path` `(T, 3)`: right and down in pixels, and enlargement
    as a logarithm, about the middle."""
    height, width = srgb.shape[:2]
    frames = []
    for right, down, larger in path:
        if not (right or down or larger):
            frames.append(srgb)
            continue
        scale = math.exp(larger)
        shift = [(1 - scale) * width / 2 + right, (1 - scale) * height / 2 + down]
        turn = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)
        frames.append(
            cv2.warpAffine(srgb, turn, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        )
    return np.stack(frames)


def delivered(frames: np.ndarray, masks: np.ndarray, faults: Faults, rng: np.random.Generator) -> np.ndarray:
    """Frames `(T, H, W, 3)` float32 sRGB as a bad camera and call deliver them: blurred or oversharpened, noisy, coded,
    flickering. `masks` `(T, H, W)` in `[0, 1]`."""
    out = np.clip(frames, 0, 1)
    count = len(out)
    if faults.blur > 0.05:
        out = np.stack([cv2.GaussianBlur(frame, (0, 0), faults.blur) for frame in out])
    if faults.sharpen:
        out = np.stack([frame + faults.sharpen * (frame - cv2.GaussianBlur(frame, (0, 0), 1.2)) for frame in out])
    if faults.noise:
        out = out + faults.noise / 255 * _noise(out.shape, rng)
    if faults.flicker and count > 1:
        turns = float(rng.choice([-1.0, 1.0])) * np.where(np.arange(count - 1) % 2 == 0, 1.0, -1.0)
        light = np.cumsum([0.0, *(faults.flicker * turns * rng.uniform(0.8, 1.2, count - 1))])
        gains = (light - light.mean())[:, None, None, None]
        where = np.ones_like(masks) if faults.flicker_all else masks
        out = srgb_from_linear(
            linear_from_srgb(np.clip(out, 0, 1)) * np.exp2(gains * where[..., None]).astype(np.float32)
        )
    levels = np.rint(np.clip(out, 0, 1) * 255).astype(np.uint8)
    if faults.blocks > 0.05:
        crf = CRF_AT_BEST + CRF_A_STEP * faults.blocks
        levels = by_h264(levels, crf) if faults.coder else _by_jpeg(levels, faults.blocks)
    return levels.astype(np.float32) / 255


@functools.cache
def _bank() -> np.ndarray:
    """Normal numbers to take noise from: drawing all of it anew would take longer than everything else."""
    return rng_for(0, "judge", "noise").standard_normal(NOISES, np.float32)


def _noise(shape: tuple[int, ...], rng: np.random.Generator) -> np.ndarray:
    """Normal noise of standard deviation 1: of each channel, or of luma alone; sometimes coarse, as a camera's
    processor leaves it."""

    def some(*size: int) -> np.ndarray:
        count = int(np.prod(size))
        if count > NOISES:
            return rng.standard_normal(size, np.float32)
        start = int(rng.integers(0, NOISES - count + 1))
        return _bank()[start : start + count].reshape(size)

    count, height, width, channels = shape
    fine = some(*shape) if rng.random() < 0.7 else np.repeat(some(count, height, width, 1), channels, -1)
    if rng.random() < 0.4:
        fine = np.stack([cv2.GaussianBlur(frame, (0, 0), 0.7) * 2.4 for frame in fine])
    return np.asarray(fine, np.float32)


def _by_jpeg(levels: np.ndarray, severity: float) -> np.ndarray:
    quality = int(np.clip(round(BLOCKS_AT_BEST * (1 - severity / 3) ** (1 / 1.5) if severity < 3 else 2), 2, 95))
    kept = []
    for frame in levels:
        _, coded = cv2.imencode(".jpg", cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
        kept.append(cv2.cvtColor(cv2.imdecode(coded, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))
    return np.stack(kept)


def by_h264(levels: np.ndarray, crf: float) -> np.ndarray:
    """Frames `(T, H, W, 3)` uint8 as they come back from H.264 of this quality, 0 to 51."""
    height, width = levels.shape[1:3]
    even = np.pad(levels, ((0, 0), (0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    stored = io.BytesIO()
    with av.open(stored, "w", format="matroska") as container:
        stream = container.add_stream("libx264", rate=30)
        stream.height, stream.width, stream.pix_fmt = *even.shape[1:3], "yuv420p"
        stream.options = {"crf": str(min(51.0, crf)), "preset": "veryfast", "tune": "zerolatency", "threads": "1"}
        for frame in even:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    stored.seek(0)
    with av.open(stored, "r") as reading:
        kept = [frame.to_ndarray(format="rgb24")[:height, :width] for frame in reading.decode(video=0)]
    return np.stack(kept)


def drawn(cause: str, much: float, rng: np.random.Generator, faults: Faults) -> Faults:
    """`faults` with one of `factors.NAMES` added, as much of it as `much` in `[0, 1]` says: 1 is what makes a severity
    of two to three. Directions and kinds are drawn, so for a pair that differs in amount alone use the same state of
    `rng`."""
    sign = 1.0 if rng.random() < 0.5 else -1.0
    if cause == "exposure":
        stops = much * (1.2 if rng.random() < 0.3 else -2.6)
        whole = rng.random() < 0.5
        return replace(faults, stops=faults.stops + stops, room_stops=faults.room_stops + (stops if whole else 0.0))
    if cause == "evenness":
        return replace(faults, ramp_stops=faults.ramp_stops + much * rng.uniform(2.0, 3.5))
    if cause == "key_fill":
        return replace(faults, flat=1 - (1 - faults.flat) * (1 - much) ** 1.5)
    if cause in ("skin_white", "background_cast"):
        angle = rng.normal(0, 0.5) + (0.75 if sign > 0 else -0.25) * math.pi  # mostly along warm and cold
        size = much * rng.uniform(0.5, 0.9)
        cast = (size * math.cos(angle), size * math.sin(angle))
        if cause == "skin_white":
            return replace(faults, skin=(faults.skin[0] + cast[0], faults.skin[1] + cast[1]))
        return replace(faults, room=(faults.room[0] + cast[0], faults.room[1] + cast[1]))
    if cause == "noise":
        return replace(faults, noise=math.hypot(faults.noise, 16 * much**1.5))
    if cause == "blocks":
        coder = faults.coder if faults.blocks else int(rng.random() < 0.5)
        return replace(faults, blocks=min(3.0, faults.blocks + 3 * much), coder=coder)
    if cause == "sharpness":
        if rng.random() < 0.25 and not faults.blur:
            return replace(faults, sharpen=faults.sharpen + 2.0 * much)
        return replace(faults, blur=math.hypot(faults.blur, 2.4 * much))
    if cause == "flicker":
        return replace(
            faults, flicker=math.hypot(faults.flicker, 0.2 * much**1.5), flicker_all=bool(rng.random() < 0.5)
        )
    if cause == "spill":
        stops = much * rng.uniform(1.2, 2.5) * sign
        return replace(
            faults,
            spill_stops=faults.spill_stops + stops,
            spill_px=rng.uniform(2, 7) * (1 if rng.random() < 0.6 else -1),
        )
    return replace(faults, soften=min(1.0, faults.soften + much), beauty=int(rng.random() < 0.5))
