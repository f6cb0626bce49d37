"""The command that makes indoor rooms: rooms."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from core.errors import InputError
from keyfill.app import CONFIGURED, KEEPING, Config, Configured, Keeping, Out, app, data_group, show_progress


@app.command(group=data_group)
def rooms(
    config: Config,
    /,
    *,
    out: Out,
    workers: Annotated[int, Parameter(help="rooms at a time; they share the cores")] = 1,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Indoor rooms as HDR panoramas: light and background for clips, one file a room.

    CONFIG is a run's config (its `rooms` section is used) or that section alone. Then give the
    folder as `scenes.rooms`. Rooms that are there are kept, also those that the config does not hold (--prune removes
    them).

    For example: `keyfill rooms configs/rooms.yaml --out data/rooms --workers 2`
    """
    from keyfill.item_cost import room_seconds
    from keyfill.progress import counted
    from keyfill.run_config import load_part, require_writable
    from render.room_folder import intended_rooms, make_rooms
    from scenes.rooms.config import RoomsConfig

    if workers < 1:
        raise InputError(f"--workers {workers}: expected at least 1")
    section, seed = load_part(config, "rooms", RoomsConfig, common.set)
    if keeping.dry_run:
        intent = intended_rooms(section, seed, out, keeping.prune)
        keeping.tell(intent, *room_seconds(section, len(intent.to_make)))
        return
    require_writable(out)
    with show_progress("rooms", common) as progress:
        done = make_rooms(section, seed, out, workers, progress, keeping)
    print(f"{counted(done.made + done.kept, 'room')} under {out}: {done.made} rendered now, {done.kept} kept")
