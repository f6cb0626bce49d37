"""A folder of panoramas: what is missing is rendered, what is there stays; several rooms at a time."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from core.config import parse
from core.errors import InputError
from core.intent import UNASKED, Consent, Intent, differences, in_words
from core.progress import Progress
from render.panorama import Panorama, room_identity, trace_panorama
from render.panorama_file import LAYERS, write_panorama
from scenes.rooms.config import PictureConfig, RoomsConfig
from scenes.rooms.draw import draw_room, room_name
from scenes.rooms.record import IndoorRoom


@dataclass(frozen=True)
class MadeRooms:
    """What a call has done: rooms rendered now, and rooms that were there."""

    made: int
    kept: int


def rooms_to_make(config: RoomsConfig, seed: int, folder: Path) -> tuple[list[IndoorRoom], int]:
    """The rooms of a config that the folder lacks (or has from another config), and how many it has."""
    rooms = [draw_room(config, seed, number) for number in range(config.count)]
    missing = [room for room in rooms if not is_made(room, config.picture, folder)]
    return missing, len(rooms) - len(missing)


def intended_rooms(config: RoomsConfig, seed: int, folder: Path, prune: bool = False) -> Intent:
    """What `make_rooms` would do; changes nothing. With `prune` rooms of ours that the config does not hold go; without
    they stay, as anybody's HDRIs do."""
    missing, kept = rooms_to_make(config, seed, folder)
    wanted = {room_name(number) for number in range(config.count)}
    there = {path.stem for path in folder.glob("*.exr")}
    anew = [room for room in missing if room.name in there]
    return Intent(
        folder,
        "room",
        new=tuple(room.name for room in missing if room.name not in there),
        anew=tuple(room.name for room in anew),
        gone=tuple(sorted(name for name in there - wanted if _told(name, folder))) if prune else (),
        kept=kept,
        why_anew=_difference(anew[0], config.picture, folder) if anew else "",
        why_gone=f"the config has {config.count}",
    )


def _difference(room: IndoorRoom, picture: PictureConfig, folder: Path) -> str:
    told = _told(room.name, folder)
    if not told:
        return "they are not rooms of this command"
    now = {"seed": room.seed, "picture": picture.model_dump(mode="json")}
    return in_words(differences({name: told.get(name) for name in now}, now), "drawn from another config")


def _told(name: str, folder: Path) -> dict[str, Any]:
    """What the sidecar of a room of ours says of it; nothing for anybody else's picture, or an unreadable one."""
    try:
        told, _ = parse(folder / f"{name}.yaml")
    except InputError:
        return {}
    known = told.get("room") if isinstance(told, dict) else None
    return known if isinstance(known, dict) and "identity" in known else {}


def _remove(name: str, folder: Path) -> None:
    for path in (folder / f"{name}.exr", folder / LAYERS / f"{name}.exr", folder / f"{name}.yaml"):
        path.unlink(missing_ok=True)


def is_made(room: IndoorRoom, picture: PictureConfig, folder: Path) -> bool:
    """Whether the folder holds this very room: same record, same picture settings. An unreadable sidecar: no."""
    whole = (folder / f"{room.name}.exr").is_file()
    return whole and _told(room.name, folder).get("identity") == room_identity(room, picture)


def make_rooms(
    config: RoomsConfig, seed: int, folder: Path, workers: int, progress: Progress, consent: Consent = UNASKED
) -> MadeRooms:
    """Render every missing room into `folder`, `workers` at a time, which share the machine's cores.

    Stopped by a signal, it leaves whole rooms only, and the renderer's processes end with it. Raises InputError where a
    room that is there would be made anew without `consent`; WorkError when one fails; those that are done stay.
    """
    intent = intended_rooms(config, seed, folder, consent.prune)
    intent.require(consent)
    for name in intent.gone:
        _remove(name, folder)
    missing, kept = rooms_to_make(config, seed, folder)
    total = kept + len(missing)
    progress(kept, total, "")
    if not missing:
        return MadeRooms(0, kept)
    folder.mkdir(parents=True, exist_ok=True)
    for rest in folder.rglob(".*.part.*"):
        rest.unlink(missing_ok=True)
    threads = max(1, (os.cpu_count() or 1) // workers)
    children = _Children()

    def make(room: IndoorRoom) -> str:
        panorama: Panorama = trace_panorama(room, config.picture, threads, children.add)
        write_panorama(panorama, room, config.picture, folder)
        return f"{room.name} {room.kind}"

    done = kept
    with _stopping(), ThreadPoolExecutor(workers) as pool:
        waiting: set[Future[str]] = {pool.submit(make, room) for room in missing}
        try:
            while waiting:
                finished, waiting = wait(waiting, timeout=1.0, return_when=FIRST_COMPLETED)
                for future in finished:
                    done += 1
                    progress(done, total, future.result())
                if not finished:
                    progress(done, total, "")
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            children.end()
            raise
    return MadeRooms(len(missing), kept)


class _Children:
    """The renderer's processes, so that all can be ended at once."""

    def __init__(self) -> None:
        self.lock, self.running, self.over = threading.Lock(), list[subprocess.Popen[str]](), False

    def add(self, process: subprocess.Popen[str]) -> None:
        with self.lock:
            self.running = [*(child for child in self.running if child.poll() is None), process]
            if self.over:
                process.kill()

    def end(self) -> None:
        with self.lock:
            self.over = True
            for process in self.running:
                process.kill()


@contextmanager
def _stopping() -> Iterator[None]:
    """SIGTERM stops the work as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
