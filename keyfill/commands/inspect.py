"""Commands that look and check: preview, schema, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from core.errors import InputError, WorkError
from keyfill.app import (
    COMMON,
    CONFIGURED,
    KEEPING,
    Common,
    Configured,
    Folder,
    Keeping,
    Out,
    app,
    as_json,
    look_group,
    show_progress,
)


@app.command(group=look_group)
def preview(
    folder: Folder,
    /,
    *,
    out: Out,
    limit: Annotated[int | None, Parameter(help="at most N pairs; with --lights N clips, 1 unless said")] = None,
    lights: Annotated[
        bool, Parameter(help="a page to light kept layers (render.keep: layers) by hand", negative=())
    ] = False,
    config: Annotated[
        Path | None, Parameter(help="with --lights: its rooms, and its degradation where there are no pair shards")
    ] = None,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Write a static page: every pair moving side by side, what was drawn, the light on the face.

    With --lights, a page on which kept layers are lit by hand, and which says what it shows as relight takes it.

    Clips that the page has and DIR does not hold any more stay out of it with --prune only.

    For example:

    - `keyfill preview out/quick --out out/quick/preview`
    - `keyfill preview data/clean --lights --out out/lights --config configs/conference.yaml`
    """
    if lights:
        _preview_lights(folder, out, limit, config, keeping, common)
        return
    if config is not None or common.set:
        raise InputError(f"{'--config' if config is not None else '--set'}: goes with --lights")

    from keyfill.preview.intent import intended_preview, make_preview

    if keeping.dry_run:
        from keyfill.item_cost import PREVIEW, sample_seconds
        from keyfill.preview.page import find_data

        intent = intended_preview(folder, out, limit)
        shown = next(data.folder for data in reversed(find_data(folder)) if data is not None)
        keeping.tell(intent, *sample_seconds(PREVIEW, shown, intent.to_make))
        return
    with show_progress("preview", common) as progress:
        page = make_preview(folder, out, progress, limit, keeping)
    print(page.resolve())


def _preview_lights(
    folder: Path, out: Path, limit: int | None, config: Path | None, keeping: Keeping, common: Configured
) -> None:
    from keyfill.preview.lights.page import LightDesk, desk_data
    from keyfill.relit_clips import relit_config

    loaded = relit_config(desk_data(folder)[0].folder, config, common.set)
    desk = LightDesk(folder, loaded, 1 if limit is None else limit, degrade=config is not None)
    if keeping.dry_run:
        keeping.tell(desk.intent(out))
        return
    with show_progress("preview", common) as progress:
        page = desk.write(out, progress, keeping)
    print(page.resolve())


@app.command(group=look_group)
def schema(
    section: Annotated[str, Parameter(name="SECTION", help="run for a whole config, or one section of it")] = "run",
    /,
    *,
    common: Common = COMMON,
) -> None:
    """Print the JSON Schema of a config: every key with its meaning, unit, limits and default; see docs/config.md.

    For example: `keyfill schema run > run.schema.json`
    """
    from keyfill.schema import schema_of

    print(as_json(schema_of(section)))


@app.command(group=look_group)
def doctor(
    *, out: Annotated[Path, Parameter(help="the folder whose disk is looked at")] = Path("out"), common: Common = COMMON
) -> None:
    """Check libraries, renderer, devices, encoders, memory and disk; exit 1 if the main job cannot run."""
    from keyfill.doctor import examine

    findings = examine(out)
    for finding in findings:
        mark = "ok     " if finding.ok else "MISSING" if finding.needed else "-      "
        print(f"{mark} {finding.what:<24} {finding.detail}")
        if not finding.ok:
            print(f"        {'':<24} {finding.fix}")
    broken = [finding.what for finding in findings if finding.needed and not finding.ok]
    if broken:
        raise WorkError(f"the main job cannot run: {', '.join(broken)}")
