"""The command that makes indoor rooms: rooms."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from core.errors import InputError
from keyfill.app import CONFIGURED, Config, Configured, Out, app, data_group, show_progress


@app.command(group=data_group)
def rooms(
    config: Config,
    /,
    *,
    out: Out,
    workers: Annotated[int, Parameter(help="rooms at a time; they share the cores")] = 1,
    dry_run: Annotated[bool, Parameter(help="list the rooms this would make, and make nothing", negative=())] = False,
    common: Configured = CONFIGURED,
) -> None:
    """Indoor rooms as HDR panoramas: light and background for clips, one file a room.

    CONFIG is a run's config (its `rooms` section is used) or that section alone. Then give the
    folder as `scenes.rooms`.

    For example: `keyfill rooms configs/rooms.yaml --out data/rooms --workers 2`
    """
    from keyfill.progress import counted
    from keyfill.run_config import load_part, require_writable
    from render.room_folder import make_rooms, rooms_to_make
    from scenes.rooms.config import RoomsConfig

    if workers < 1:
        raise InputError(f"--workers {workers}: expected at least 1")
    section, seed = load_part(config, "rooms", RoomsConfig, common.set)
    if dry_run:
        missing, kept = rooms_to_make(section, seed, out)
        for room in missing:
            print(f"{room.name} {room.kind} {room.daylight.sky} {len(room.items)} things, {len(room.lamps)} lamps")
        print(f"{counted(len(missing), 'room')} to make, {kept} there")
        return
    require_writable(out)
    with show_progress("rooms", common) as report:
        done = make_rooms(section, seed, out, workers, report)
    print(f"{counted(done.made + done.kept, 'room')} under {out}: {done.made} rendered now, {done.kept} kept")
