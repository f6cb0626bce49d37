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

from core.config import parse
from core.errors import InputError
from core.progress import Progress
from render.panorama import Panorama, room_identity, trace_panorama, write_panorama
from scenes.rooms.config import PictureConfig, RoomsConfig
from scenes.rooms.draw import draw_room
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


def is_made(room: IndoorRoom, picture: PictureConfig, folder: Path) -> bool:
    """Whether the folder holds this very room: same record, same picture settings. An unreadable sidecar: no."""
    beside = folder / f"{room.name}.yaml"
    if not (beside.is_file() and (folder / f"{room.name}.exr").is_file()):
        return False
    try:
        told, _ = parse(beside)
    except InputError:
        return False
    known = told.get("room") if isinstance(told, dict) else None
    return isinstance(known, dict) and known.get("identity") == room_identity(room, picture)


def make_rooms(config: RoomsConfig, seed: int, folder: Path, workers: int, progress: Progress) -> MadeRooms:
    """Render every missing room into `folder`, `workers` at a time, which share the machine's cores.

    Stopped by a signal, it leaves whole rooms only, and the renderer's processes end with it. Raises WorkError when a
    room fails; those that are done stay.
    """
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
