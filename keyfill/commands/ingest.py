"""The command that takes in people's own videos."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from core.errors import InputError
from keyfill.app import COMMON, Common, Json, Out, app, as_json, data_group, show_progress


@app.command(group=data_group)
def ingest(
    folder: Annotated[Path, Parameter(name="FOLDER", help="a folder of videos, or of folders of pictures")],
    /,
    *,
    out: Out,
    giver: Annotated[str | None, Parameter(help="who gave the videos; or a YAML file beside each")] = None,
    licence: Annotated[str | None, Parameter(help="under what licence or consent; or a YAML file beside each")] = None,
    seconds: Annotated[float, Parameter(help="length of a piece")] = 10.0,
    lines: Annotated[int, Parameter(help="frames with more lines are shrunk to so many")] = 720,
    workers: Annotated[int, Parameter(help="processes, a video each")] = 1,
    replace: Annotated[
        bool, Parameter(help="take in again what is there with other settings, giver or licence", negative=())
    ] = False,
    json: Json = False,
    common: Common = COMMON,
) -> None:
    """Take people's own videos into shards: upright sRGB frames, maps of person and face, facts, giver and licence.

    Safe to run again: what was taken in is kept. A file that cannot be read is named and the others go on (exit 1).

    For example: `keyfill ingest videos --giver "A. Sitter" --licence CC0-1.0 --out data/real`
    """
    if not 1 <= seconds <= 600:
        raise InputError(f"--seconds {seconds:g}: expected 1 to 600")
    if not 64 <= lines <= 4320:
        raise InputError(f"--lines {lines}: expected 64 to 4320")
    if workers < 1:
        raise InputError(f"--workers {workers}: expected at least 1")

    from ingest.folder import ingest_folder
    from ingest.pieces import Cutting
    from keyfill.progress import counted
    from keyfill.run_config import require_writable

    require_writable(out)
    with show_progress("ingest", common) as progress:
        done = ingest_folder(folder, out, giver, licence, Cutting(seconds, lines), workers, replace, progress)
    if json:
        print(as_json({"made": done.made, "kept": done.kept, "samples": done.samples, "notes": done.notes}))
        return
    for name, notes in done.notes.items():
        print("\n".join(f"{name}: {note}" for note in notes))
    print(f"{out}: {counted(done.samples, 'piece')}; {done.made} videos taken in now, {done.kept} kept")
