"""The light desk, written: kept layers of clips to light by hand in a browser, from a disk, without a server."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from core.colour import levels_from_linear, linear_from_srgb, unit_from_levels
from core.config import validate
from core.errors import InputError
from core.files import make_folder, write_text
from core.identity import digest, file_digest
from core.intent import UNASKED, Consent, Intent
from core.levels import eight_bit
from core.progress import Progress
from degrade.chain import degrade_clip, versions
from degrade.draw import draw_params
from keyfill.preview.intent import intended_media, keep_record, removed_media
from keyfill.preview.lights.packed import packed, rounded
from keyfill.preview.lights.record import clip_record, kelvin_table, metered, room_record
from keyfill.preview.lights.shrunk import Shrunk
from keyfill.preview.page import find_data
from keyfill.run_config import RunConfig
from pairs.dataset import Dataset
from pairs.layers import FOLDER, RECORD, KeptLayers, load_layers
from pairs.video import decode
from render.config import RenderConfig
from scenes.rooms.source import Room, find_rooms
from scenes.spec import Scene

LAYOUT = 2
"""Goes up when a clip's files are to be made anew though its layers are the same."""
FILES = ("lights.css", "unpack.js", "weights.js", "plate.js", "sums.js", "controls.js", "lights.js", "index.html")
SHARED = ("page.css", "elements.js")
"""Of the other page."""
MOST_BYTES = 384_000_000
"""Of a clip's layers in the browser's memory: so many frames around the metered one are shown."""
MOST_ROOMS = 8
MOST_DEGRADED = 4
"""Of a clip's own lightings, of which degraded pictures are shown."""


@dataclass(frozen=True, eq=False)
class DeskClip:
    """A clip of the page: its layers, samples, and the rooms that it is offered."""

    key: str
    samples: tuple[str, ...]
    layers: KeptLayers
    rooms: tuple[Room, ...]
    made_from: str


class LightDesk:
    """The page of the first `limit` clips of the clean shards (or whole run) in `folder`.

    `config`: its rooms are offered, and with `degrade` its degradation makes the degraded pictures where there are no
    pair shards of them. Raises InputError where there are no layers, naming the first clip without, and for a room that
    is not there.
    """

    def __init__(self, folder: Path, config: RunConfig, limit: int = 1, degrade: bool = False):
        if limit < 1:
            raise InputError(f"--limit {limit}: expected at least 1")
        self.clean, self.pairs = desk_data(folder)
        self.config, self.limit, self.degrade = config, limit, degrade
        self.rooms = {room.name: room for room in find_rooms(config.scenes)}
        rows = [(key, facts) for row in self.clean.manifest.shards for key, facts in row.clips.items()]
        if not rows:
            raise InputError(f"{self.clean.folder}: holds no clip yet")
        self.clips = [self._clip(key, facts) for key, facts in rows[:limit]]
        self.total = len(rows)

    def _clip(self, key: str, facts: dict[str, Any]) -> DeskClip:
        if "layers" not in facts:
            raise InputError(
                f"{self.clean.folder}: {key} was rendered without its layers (render.keep: layers); render it again "
                "with them"
            )
        samples = tuple(facts["samples"])
        layers = load_layers(self.clean.folder / FOLDER / key, self.clean.info(samples[0]).get("layers"))
        own = list(dict.fromkeys(lighting.hdri for lighting in Scene.from_json(layers.info.scene).lightings))
        for name in own:
            if name not in self.rooms:
                raise InputError(
                    f"{key}: scenes.rooms: {self.config.scenes.rooms}: no room {name!r}; it has "
                    f"{', '.join(sorted(self.rooms))}; --set scenes.rooms=FOLDER names the one that has it"
                )
        others = [] if layers.info.rooms == "exact" else [name for name in self.rooms if name not in own]
        names = [*own, *others[: max(0, MOST_ROOMS - len(own))]]
        rooms = tuple(self.rooms[name] for name in names)
        digests = [file_digest(path) for path in (layers.folder / RECORD, *(room.path for room in rooms))]
        made_from = digest("light-desk", LAYOUT, digests, names, self._degraded_from(samples))
        return DeskClip(key, samples, layers, rooms, made_from)

    def _degraded_from(self, samples: Sequence[str]) -> Any:
        if self.pairs is not None:
            return [self.pairs.rows(key)["source.mkv"].sha256 for key in samples[:MOST_DEGRADED] if key in self.pairs]
        return self.degrade and [self.config.degrade.model_dump(mode="json"), self.config.seed, versions()]

    def intent(self, out: Path) -> Intent:
        """What `write` would do; changes nothing."""
        return intended_media(self.clean.folder, out, self.made_from, "js", self.limit)

    @property
    def made_from(self) -> dict[str, str]:
        """Digest of all that is shown of each clip."""
        return {clip.key: clip.made_from for clip in self.clips}

    def write(self, out: Path, progress: Progress, consent: Consent = UNASKED) -> Path:
        """Write `out/index.html`, what it loads, and the files of each clip; returns the page. InputError where what is
        there would be replaced or removed without `consent`, or a layer file is damaged."""
        intent = self.intent(out)
        intent.require(consent)
        media = out / "media"
        make_folder(media)
        shown = {clip.key: _frames(clip) for clip in self.clips if clip.key in intent.to_make}
        done, total = 0, sum(map(len, shown.values()))
        progress(0, total, "")
        for clip in self.clips:
            for frame in shown.get(clip.key, []):
                _call(media / f"{clip.key}.{frame:06d}.js", _frame(clip, frame))
                done += 1
                progress(done, total, clip.key)
            if clip.key in shown:
                self._write_clip(clip, shown[clip.key], media)
        told = {"clips": [clip.key for clip in self.clips], "total": self.total, "kelvin": kelvin_table()}
        _call(out / "set.js", {"folder": str(self.clean.folder), **told})
        for place, names in (("keyfill.preview", SHARED), ("keyfill.preview.lights", FILES)):
            for name in names:
                write_text(out / name, resources.files(place).joinpath(name).read_text(encoding="utf-8"))
        removed_media(out, intent)
        keep_record(out, self.made_from)
        return out / "index.html"

    def _write_clip(self, clip: DeskClip, frames: list[int], media: Path) -> None:
        info = clip.layers.info
        for number, room in enumerate(clip.rooms):
            _call(media / f"{clip.key}.room-{number:02d}.js", room_record(room.name, room.path, info))
        pictures, told = self._degraded(clip, frames)
        _call(media / f"{clip.key}.degraded.js", pictures)
        config = validate(info.render, RenderConfig, name=f"{clip.layers.folder / RECORD}: render")
        record = clip_record(info, config, frames)
        rooms = [room.name for room in clip.rooms]
        _call(media / f"{clip.key}.js", {**record, "rooms": rooms, "known": len(self.rooms), "degraded": told})

    def _degraded(self, clip: DeskClip, frames: list[int]) -> tuple[dict[str, list[str]], dict[str, Any]]:
        """The degraded source of the clip's own lightings as PNG, and which those are, with where they come from."""
        shown, found = Shrunk.fitting(clip.layers.info), {}
        for key in clip.samples[:MOST_DEGRADED]:
            if self.pairs is not None and key in self.pairs:
                video, how = decode(self.pairs.member(key, "source.mkv"), key), f"as {self.pairs.folder} has it"
            elif self.pairs is None and self.degrade:
                source = decode(self.clean.member(key, "source.mkv"), key)
                count, height, width = source.shape[:3]
                drawn = (self.config.degrade, self.config.seed, key, count, width, height, clip.layers.info.fps)
                video, how = degrade_clip(source, draw_params(*drawn)), "made when this page was written"
            else:
                continue
            found[key] = [_png(_smaller(eight_bit(video[frame]), shown)) for frame in frames]
        return found, {"keys": list(found), "how": how if found else ""}


def desk_data(folder: Path) -> tuple[Dataset, Dataset | None]:
    """The clean data in `folder` and, where it is a whole run, its pairs. Raises InputError where there is no clean."""
    clean, pairs = find_data(folder)
    if clean is None:
        raise InputError(f"{folder}: no clean shards here; --lights shows the layers that keyfill render has kept")
    return clean, pairs


def _frames(clip: DeskClip) -> list[int]:
    """Which frames are shown: as many around the metered one as there is memory for."""
    info = clip.layers.info
    x0, y0, x1, y1 = Shrunk.fitting(info).box
    fits = max(1, MOST_BYTES // (6 * len(info.lights) * (x1 - x0) * (y1 - y0)))
    first = int(np.clip(metered(info) - fits // 2, 0, max(0, len(info.frames) - fits)))
    return list(range(first, min(first + fits, len(info.frames))))


def _frame(clip: DeskClip, number: int) -> dict[str, str]:
    frame, shown = clip.layers.frame(number), Shrunk.fitting(clip.layers.info)
    layers = shown.layers(frame.radiance.transpose(0, 3, 1, 2)).transpose(0, 2, 3, 1)
    alpha, things = (shown.layers(plane) for plane in (frame.alpha, frame.things.astype(np.float16)))
    share = np.minimum(things / np.maximum(alpha.astype(np.float32), 1e-6), 1)
    return {"layers": packed(rounded(layers)), "alpha": packed(alpha), "things": packed(share.astype(np.float16))}


def _smaller(image: np.ndarray, shown: Shrunk) -> np.ndarray:
    """uint8 sRGB over the frame -> over what is shown, averaged in linear light."""
    if shown.by == 1:
        return image
    return levels_from_linear(shown.picture(linear_from_srgb(unit_from_levels(image))))


def _png(image: np.ndarray) -> str:
    """uint8 sRGB as a picture that a page from a disk may look into."""
    return "data:image/png;base64," + base64.b64encode(cv2.imencode(".png", image[..., ::-1])[1].tobytes()).decode()


def _call(path: Path, record: Any) -> None:
    """A page opened from a disk may not read files, but it may run scripts: a record is a call with its JSON."""
    text = json.dumps(record, sort_keys=True, allow_nan=False, separators=(",", ":"))
    write_text(path, f"keyfill.part({text});\n")
