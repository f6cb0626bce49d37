"""Images that a room needs, painted by rule: pictures on the wall, what is on a whiteboard, pages on a screen."""

from __future__ import annotations

import colorsys

import cv2
import numpy as np

from core.colour import quantise

_BLUR = 0.8


def wall_picture(rng: np.random.Generator) -> np.ndarray:
    """`(H, W, 3)` uint8 sRGB: a landscape, blocks of colour, circles, leaves, soft blobs, or a poster."""
    paint = (_landscape, _blocks, _circles, _botanical, _blobs, _poster)[int(rng.integers(6))]
    image = paint(np.full((256, 256, 3), 0.8), rng)
    image = cv2.GaussianBlur(np.clip(image, 0, 1).astype(np.float32), (0, 0), _BLUR)
    return np.rint(image * 255).astype(np.uint8)


def _palette(rng: np.random.Generator, count: int) -> list[np.ndarray]:
    hue, strength = rng.random(), rng.uniform(0.05, 0.6)
    return [
        np.array(
            colorsys.hsv_to_rgb(
                (hue + rng.choice([0, 0.05, 0.1, 0.5]) + rng.normal(0, 0.02)) % 1,
                strength * rng.uniform(0.4, 1.2) % 1,
                rng.uniform(0.15, 0.95),
            )
        )
        for _ in range(count)
    ]


def _waves(rng: np.random.Generator, shape: tuple[int, int], octaves: int = 5, start: float = 2.0) -> np.ndarray:
    y, x = np.mgrid[: shape[0], : shape[1]] / max(shape)
    total = np.zeros(shape)
    for octave in range(octaves):
        for _ in range(3):
            a, k = rng.uniform(0, 2 * np.pi), start * 2**octave
            total += np.sin(2 * np.pi * k * (np.cos(a) * x + np.sin(a) * y) + rng.uniform(0, 6.3)) / 2**octave
    return total / 3


def _landscape(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = image.shape[:2]
    colours = _palette(rng, 5)
    s = np.linspace(0, 1, h)[:, None, None]
    image[:] = colours[0] * 0.4 + 0.55 + (colours[1] * 0.4 - 0.1) * s
    for i, level in enumerate(np.linspace(0.45, 0.85, 4)):
        line = level + 0.06 * _waves(rng, (1, w), 5, 1.5)[0]
        mask = (np.arange(h)[:, None] / h) > line[None, :]
        shade = colours[i + 1] * (1 - 0.18 * i)
        grain = 0.06 * _waves(rng, (h, w), 4, 9)[..., None]
        image = np.where(mask[..., None], shade + grain, image)
    return image


def _blocks(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = image.shape[:2]
    image[:] = 0.9 - 0.1 * rng.random(3)
    for colour in _palette(rng, int(rng.integers(4, 10))):
        a, b = sorted(rng.integers(0, w, 2))
        c, d = sorted(rng.integers(0, h, 2))
        image[c:d, a:b] = 0.85 * colour + 0.15 * image[c:d, a:b]
    return image + 0.03 * _waves(rng, (h, w), 5, 8)[..., None]


def _circles(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    _h, w = image.shape[:2]
    image[:] = 0.88 - 0.12 * rng.random(3)
    for colour in _palette(rng, int(rng.integers(2, 6))):
        centre = tuple(int(v) for v in rng.integers(w // 5, 4 * w // 5, 2))
        axes = tuple(int(v) for v in rng.integers(w // 12, w // 3, 2))
        cv2.ellipse(
            image,
            centre,
            axes,
            float(rng.uniform(0, 180)),
            0,
            float(rng.choice([180, 360])),
            colour.tolist(),
            -1,
            cv2.LINE_AA,
        )
    for _ in range(int(rng.integers(0, 4))):
        points = np.cumsum(rng.normal(0, w / 10, (8, 2)), 0) + w / 2
        cv2.polylines(image, [points.astype(np.int32)], False, (0.1, 0.1, 0.1), 2, cv2.LINE_AA)
    return image


def _botanical(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = image.shape[:2]
    image[:] = (0.93, 0.91, 0.86)
    base = np.array(colorsys.hsv_to_rgb(rng.uniform(0.2, 0.42), rng.uniform(0.2, 0.6), rng.uniform(0.25, 0.5)))
    for side in range(-4, 5):
        y = h * (0.5 + 0.085 * side)
        for flip in (-1, 1):
            centre = (int(w / 2 + flip * w * 0.13), int(y))
            cv2.ellipse(
                image,
                centre,
                (int(w * 0.14), int(h * 0.035)),
                flip * -28.0,
                0,
                360,
                (base * rng.uniform(0.7, 1.3)).tolist(),
                -1,
                cv2.LINE_AA,
            )
    cv2.line(image, (w // 2, h // 10), (w // 2, h - h // 10), (base * 0.7).tolist(), 3, cv2.LINE_AA)
    return image


def _blobs(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = image.shape[:2]
    colours = _palette(rng, 4)
    total = np.zeros((h, w, 1))
    image[:] = 0
    for colour in colours:
        weight = np.exp(1.6 * _waves(rng, (h, w), 5, 0.8))[..., None]
        image = image + weight * colour
        total += weight
    return image / total + 0.04 * _waves(rng, (h, w), 3, 25)[..., None]


def _poster(image: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    h, w = image.shape[:2]
    ground, ink = _palette(rng, 2)
    image[:] = ground * 0.5 + 0.45
    top = int(h * rng.uniform(0.15, 0.5))
    image[:top] = 0.9 * ink + 0.05
    y = top + 14
    while y < h - 12:
        tall = int(rng.integers(3, 16))
        image[y : y + tall, 20 : 20 + int(rng.uniform(0.3, 0.85) * (w - 40))] = ink * 0.4
        y += tall + int(rng.integers(5, 16))
    return image


def scribble(rng: np.random.Generator, light_on_dark: bool = False) -> np.ndarray:
    """What is left on a whiteboard, or a menu in chalk: `(384, 512, 3)` uint8 sRGB."""
    h, w = 384, 512
    image = np.full((h, w, 3), 0.055 if light_on_dark else 0.9)
    smear = 0.02 * _waves(rng, (h, w), 4, 1.5)[..., None]
    image += smear if not light_on_dark else smear.clip(0) * 2
    inks = (
        [(0.75, 0.73, 0.68), (0.8, 0.65, 0.4)]
        if light_on_dark
        else [(0.06, 0.08, 0.2), (0.55, 0.08, 0.08), (0.05, 0.3, 0.1), (0.08, 0.08, 0.09)]
    )
    for _ in range(int(rng.integers(1, 6))):
        x, y, ink = int(rng.integers(20, w - 180)), int(rng.integers(25, h - 80)), inks[int(rng.integers(len(inks)))]
        for _ in range(int(rng.integers(2, 7))):
            for word in _words(x, y, rng):
                cv2.polylines(image, [word], False, ink, 1 + int(rng.random() < 0.5), cv2.LINE_AA)
            y += int(rng.integers(14, 22))
            if y > h - 20:
                break
        if rng.random() < 0.5:
            cv2.rectangle(
                image,
                (x - 10, y),
                (x + int(rng.integers(60, 140)), min(h - 5, y + int(rng.integers(30, 80)))),
                ink,
                2,
                cv2.LINE_AA,
            )
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)


def _words(x: float, y: float, rng: np.random.Generator) -> list[np.ndarray]:
    """A line of handwriting from `(x, y)` on, as one stroke a word: letters of uneven height, some with loops."""
    words = []
    drift, size = rng.normal(0, 0.03), rng.uniform(4.0, 7.0)
    start = x
    for _ in range(int(rng.integers(2, 7))):
        letters = int(rng.integers(2, 9))
        points = []
        for _ in range(letters):
            tall = size * float(rng.choice([0.6, 0.6, 0.7, 1.3, -1.0], p=[0.35, 0.2, 0.2, 0.15, 0.1]))
            wide = rng.uniform(0.5, 1.0) * size
            points += [(x, y), (x + 0.35 * wide, y - tall), (x + rng.uniform(0.3, 0.7) * wide, y - 0.2 * tall)]
            x += wide
        words.append(np.rint([(a, b + drift * (a - start)) for a, b in points]).astype(np.int32))
        x += size * rng.uniform(0.7, 1.6)
    return words


def screen_page(rng: np.random.Generator, dark: bool) -> np.ndarray:
    """A monitor's picture, a call or a text in windows: `(180, 320, 3)` uint8 sRGB."""
    image = np.full((180, 320, 3), 0.12 if dark else 0.86, np.float32)
    for _ in range(int(rng.integers(2, 6))):
        x, y = int(rng.integers(0, 240)), int(rng.integers(0, 120))
        w, h = int(rng.integers(60, 200)), int(rng.integers(40, 120))
        image[y : y + h, x : x + w] = (0.16 if dark else 0.97) * rng.uniform(0.9, 1.0)
        for line in range(y + 6, min(y + h, 178), 6):
            image[line : line + 2, x + 6 : x + 6 + int(rng.uniform(0.2, 0.9) * (w - 12))] = 0.55 if dark else 0.3
    return quantise(np.clip(image, 0, 1), 8)


def desktop(rng: np.random.Generator, photo: np.ndarray) -> np.ndarray:
    """A screen that somebody works at or left: a photograph, `(H, W, 3)` float32 `[0, 1]`, with windows over it, as
    `(180, 320, 3)` uint8 sRGB."""
    image = cv2.resize(photo, (320, 180), interpolation=cv2.INTER_AREA)
    for _ in range(int(rng.integers(0, 4))):
        x, y = int(rng.integers(0, 180)), int(rng.integers(0, 90))
        w, h = int(rng.integers(90, 200)), int(rng.integers(60, 150))
        dark = rng.random() < 0.35
        image[y : y + h, x : x + w] = 0.14 if dark else rng.uniform(0.82, 0.97)
        image[y : y + 7, x : x + w] = 0.3
        for line in range(y + 14, min(y + h, 176), 7):
            start = x + 8 + int(rng.choice([0, 0, 12]))
            ink = rng.uniform(0.3, 0.7, 3) if dark else rng.uniform(0.2, 0.6)
            image[line : line + 2, start : start + int(rng.uniform(0.1, 0.8) * (w - 20))] = ink
    image[172:] = 0.12
    return quantise(np.clip(image, 0, 1), 8)
