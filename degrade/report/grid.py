"""A grid of what a config does to one picture or video: the original and variants, each with what was drawn for it."""

from __future__ import annotations

import textwrap
from pathlib import Path

import cv2
import numpy as np

from core.files import write_json
from core.footage.pictures import write_picture
from core.footage.writer import write_video
from core.progress import Progress, silent
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig
from degrade.draw import draw_params
from degrade.footage import read_footage

GRID = "grid.png"
MOST_FRAMES, MOST_WIDTH = 48, 1280
TILE, COLUMNS, LINES, LINE_PX = 480, 3, 6, 17


def write_grid(
    config: DegradeConfig,
    path: Path,
    out: Path,
    variants: int = 8,
    seed: int = 0,
    progress: Progress = silent,
) -> list[str]:
    """Write `out/GRID` (the middle frame of everything), each variant at full size as `variant-N.png` (a video also
    as `variant-N.mp4`) and `variants.json` with all that was drawn. Returns what is odd about it or not
    in it.

    Variant N draws what clip `variant-N` of that seed would. Long videos are cut to their first frames, wide ones
    shrunk.
    Raises InputError for an unreadable file, WorkError when a codec fails.
    """
    frames, fps, more, notes = read_footage(path, MOST_FRAMES, MOST_WIDTH)
    count, height, width = frames.shape[:3]
    out.mkdir(parents=True, exist_ok=True)
    middle = count // 2
    shown, drawn = [(frames[middle], [f"as given, of its first {count} frames" if more else "as given"])], {}
    for number in range(variants):
        key = f"variant-{number}"
        params = draw_params(config, seed, key, count, width, height, fps)
        degraded = degrade_clip(frames, params)
        words = params.words() or ["nothing drawn"]
        shown.append((degraded[middle], _caption([f"{key}:  {words[0]}", *words[1:]])))
        drawn[key] = {"words": words, "params": params.to_json()}
        write_picture(out / f"{key}.png", degraded[middle])
        if count > 1 and (frames[0] != frames[-1]).any():
            write_video(out / f"{key}.mp4", degraded, fps, crf=14)
        progress(number + 1, variants, key if not more else f"{key}, of the first {count} frames")
    write_json(out / "variants.json", drawn)
    lines = max(len(caption) for _, caption in shown)
    tiles = [_tile(frame, caption, lines) for frame, caption in shown]
    blank = np.full_like(tiles[0], 255)
    tiles += [blank] * (-len(tiles) % COLUMNS)
    rows = [np.concatenate(tiles[i : i + COLUMNS], 1) for i in range(0, len(tiles), COLUMNS)]
    write_picture(out / GRID, np.concatenate(rows, 0))
    short = [f"the first {count} frames are shown; whole: keyfill degrade"] if more else []
    return [f"{path}: {note}" for note in (*notes, *short)]


def _caption(words: list[str]) -> list[str]:
    """Lines of at most 66 letters that break between texts only, at most `LINES`."""
    # Their own spaces stand for unbreakable ones, which the font does not have.
    whole = "\u00a0\u00b7 ".join(text.replace(" ", "\u00a0") for text in words)
    lines = [line.replace("\u00a0", " ") for line in textwrap.wrap(whole, 66, break_on_hyphens=False)]
    return lines if len(lines) <= LINES else [*lines[: LINES - 1], f"{lines[LINES - 1][:63]}..."]


def _tile(frame: np.ndarray, caption: list[str], lines: int) -> np.ndarray:
    """`frame` at the tile's width over its caption, `(h, TILE, 3)` uint8 on white, with room for `lines`."""
    from PIL import Image, ImageDraw, ImageFont

    shrink = frame.shape[1] > TILE
    size = (TILE - 8, round(frame.shape[0] * (TILE - 8) / frame.shape[1]))
    small = cv2.resize(frame, size, interpolation=cv2.INTER_AREA if shrink else cv2.INTER_NEAREST)
    tile = np.full((size[1] + lines * LINE_PX + 18, TILE, 3), 255, np.uint8)
    tile[4 : 4 + size[1], 4 : 4 + size[0]] = small
    picture = Image.fromarray(tile)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(13)
    for number, line in enumerate(caption):
        draw.text((6, size[1] + 7 + number * LINE_PX), line, fill=(20, 20, 20), font=font)
    return np.asarray(picture)
