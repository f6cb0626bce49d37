"""Rooms: the HDRIs that light the source and stand behind the subject, found in a folder or in bpy's own data."""

from __future__ import annotations

import functools
import importlib.util
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from core.errors import InputError
from scenes.config import ScenesConfig
from scenes.over_time import layers_of
from scenes.records import triple
from scenes.spec import Asset

BUNDLED = {"calls": Path(__file__).with_name("ready"), "photographed": Path(__file__).with_name("photographed")}
"""Folders that come with the package: rooms of `keyfill rooms`, and HDRIs of real places."""
COME_WITH = ("bpy", *BUNDLED)
"""Names that `scenes.rooms` may give in place of a folder."""


@dataclass(frozen=True)
class Room:
    """One HDRI: `name` is the file's stem, unique within a run; `has_seat`: it is seen from where the person sits, and
    +Y, a quarter in from the left, is behind them; `place`: the key of `scenes.rooms` that it comes from;
    `layers`: lights that have a layer of their own in `layers/`, those that are `on` in the HDRI, and its white
    balance, as `keyfill rooms` leaves them; none: it is one picture."""

    name: str
    path: Path
    licence: str
    author: str
    source: str = ""
    has_seat: bool = False
    place: str = ""
    layers: tuple[str, ...] = ()
    on: tuple[str, ...] = ()
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)

    def asset(self) -> Asset:
        """Its line in the ledger."""
        return Asset(f"room {self.name}", self.licence, self.author, self.source or self.path.name)


def find_rooms(config: ScenesConfig) -> tuple[Room, ...]:
    """The rooms of a config, folder by folder, sorted by name in each: `bpy` (8 CC0 HDRIs in the bpy wheel; bpy is not
    imported), `calls` (rooms of ours that come with the package), `photographed` (18 small CC0 HDRIs of real places) or
    a folder.

    Beside `NAME.hdr` a sidecar `NAME.yaml` may give `licence`, `author`, `source` and what is known of a `room`.
    InputError: no folder, no HDRI in it, a name used twice, an unreadable sidecar.
    """
    places = config.room_places
    found = [replace(room, place=place) for place in places for room in _rooms_in(place, len(places) > 1)]
    names: dict[str, Path] = {}
    for room in found:
        if room.name in names:
            first = names[room.name]
            named = first.name if first.parent == room.path.parent else str(first)
            raise InputError(f"scenes.rooms: {room.path} and {named} have the same name; rename one")
        names[room.name] = room.path
    return tuple(found)


def _rooms_in(place: str, mixed: bool) -> list[Room]:
    if place == "bpy":
        spec = importlib.util.find_spec("bpy")
        if spec is None or spec.origin is None:
            raise InputError("scenes.rooms: bpy is not installed; install it or give a folder of .hdr or .exr files")
        found = sorted(Path(spec.origin).parent.glob("[0-9]*/datafiles/studiolights/world/*.exr"))
        if not found:
            raise InputError("scenes.rooms: bpy's data folder has no world HDRIs; give a folder of .hdr or .exr files")
        return [Room(p.stem, p, "CC0-1.0", "Blender Foundation", "bpy studiolights/world") for p in found]
    folder = BUNDLED.get(place, Path(place))
    if not folder.is_dir():
        others = "or take it out of scenes.rooms" if mixed else "or bpy"
        raise InputError(
            f"scenes.rooms: {folder}: no such folder; give one with .hdr or .exr files, {others}; "
            f"`keyfill rooms CONFIG --out {folder}` makes one"
        )
    mine = lambda path: path.suffix.lower() in (".hdr", ".exr") and path.name[0] != "." and path.is_file()
    found = sorted(filter(mine, folder.iterdir()))
    if not found:
        raise InputError(f"scenes.rooms: {folder}: no .hdr or .exr file in it")
    return [_with_sidecar(path) for path in found]


def _with_sidecar(path: Path) -> Room:
    beside = path.with_suffix(".yaml")
    stat = beside.stat() if beside.exists() else None
    return _told(path, stat and (stat.st_size, stat.st_mtime_ns), layers_of(path).is_file())


@functools.lru_cache(maxsize=10_000)
def _told(path: Path, state: tuple[int, int] | None, has_layers: bool) -> Room:
    """Read once for each `state` of the sidecar: one of ours is long, and every clip's drawing asks for all rooms."""
    from pydantic import Field

    from core.config import Section, load

    class Sidecar(Section):
        licence: str = "unknown"
        author: str = ""
        source: str = ""
        room: dict[str, Any] = Field(default_factory=dict)

    told = load(path.with_suffix(".yaml"), Sidecar) if state else Sidecar()
    room = Room(path.stem, path, told.licence, told.author, told.source, has_seat="kind" in told.room)
    if not has_layers or not all(name in told.room for name in ("layers", "on", "white_balance")):
        return room
    on, white = tuple(told.room["on"]), triple(told.room["white_balance"])
    return replace(room, layers=tuple(told.room["layers"]), on=on, white_balance=white)
