"""Where a clip's traces are handed over: in memory while it has room for them, otherwise in the work folder."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import TextIO

from render.config import RenderConfig
from render.job import ClipShape, TraceJob, room_layers
from scenes.spec import Geometry

MEMORY = Path("/dev/shm")
AHEAD = 2
"""Frames that are traced before the first is asked for; as many lie there at once."""
PREFIX = "keyfill-trace-"
_CLAIM = "claim.txt"
_PASSES = 19
"""Floats per pixel of a trace beside its lights: what the subject shows whatever the light."""
_STUDIO_LIGHTS = 4
_SLACK = 4_000_000


def needed_bytes(job: TraceJob, geometry: Geometry) -> int:
    """What a clip's exchange folder takes at most: the geometry and `AHEAD` frames of every trace."""
    x0, y0, x1, y1 = job.camera.box
    traced = _traced_bytes((x1 - x0) * (y1 - y0), [len(trace.groups) for trace in job.traces])
    return traced + sum(_geometry_bytes(geometry)) + _SLACK


def most_needed_bytes(config: RenderConfig, shape: ClipShape) -> int:
    """The same before a clip is drawn, without its geometry; the subject may fill the frame."""
    rooms = [1] * shape.rooms if config.rooms == "exact" else [room_layers(config, shape)]
    lights = [_STUDIO_LIGHTS, *rooms]
    if config.one_trace:
        lights = [_STUDIO_LIGHTS + 1, *rooms[1:]]
    return _traced_bytes(shape.pixels, lights) + _SLACK


def _traced_bytes(pixels: int, lights: list[int]) -> int:
    return AHEAD * pixels * 4 * sum(_PASSES + 3 * count for count in lights)


def _geometry_bytes(geometry: Geometry) -> Iterable[int]:
    for mesh in geometry.meshes:
        yield mesh.vertices.nbytes + mesh.faces.nbytes + (0 if mesh.uv is None else mesh.uv.nbytes)
        yield sum(values.nbytes for values in mesh.attributes.values())
    yield from (strands.points.nbytes + strands.radius_m.nbytes for strands in geometry.strands)
    yield from (image.nbytes for image in geometry.images.values())


def room_in_memory() -> int:
    """Free bytes in memory, less what the clips that are at work there have still to put there; 0 where it cannot be
    used. What a killed run left there is removed."""
    if not os.access(MEMORY, os.W_OK):
        return 0
    waiting = sum(_still_to_come(folder) for folder in MEMORY.glob(f"{PREFIX}*"))
    return max(0, shutil.disk_usage(MEMORY).free - waiting)


def _still_to_come(folder: Path) -> int:
    try:
        with open(folder / _CLAIM, encoding="utf-8") as claim:
            try:
                fcntl.flock(claim, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return max(0, int(claim.read()) - sum(path.stat().st_size for path in folder.iterdir()))
            shutil.rmtree(folder, ignore_errors=True)
    except (OSError, ValueError):
        pass  # another user's, of another version, or just being made or removed
    return 0


def claimed_folder(place: Path, needed: int) -> tuple[Path, TextIO]:
    """A new folder in `place` that says how much it will take, and the open file whose lock says that it is in use.

    Raises OSError when it cannot be made, and leaves nothing.
    """
    folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=place))
    try:
        claim = (folder / f".{_CLAIM}").open("w", encoding="utf-8")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX)
            claim.write(str(needed))
            claim.flush()
            os.replace(folder / f".{_CLAIM}", folder / _CLAIM)
        except OSError:
            claim.close()
            raise
    except OSError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return folder, claim
