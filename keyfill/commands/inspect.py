"""Commands that look and check: preview, schema, doctor."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from core.errors import WorkError
from keyfill.app import COMMON, KEEPING, Common, Folder, Keeping, Out, app, as_json, look_group, show_progress


@app.command(group=look_group)
def preview(
    folder: Folder,
    /,
    *,
    out: Out,
    limit: Annotated[int | None, Parameter(help="at most N pairs")] = None,
    keeping: Keeping = KEEPING,
    common: Common = COMMON,
) -> None:
    """Write a static page: every pair moving side by side, what was drawn, the light on the face.

    Clips that the page has and DIR does not hold any more stay out of it with --prune only.

    For example: `keyfill preview out/quick --out out/quick/preview`
    """
    from keyfill.preview.intent import intended_preview, make_preview

    if keeping.dry_run:
        from keyfill.item_cost import PREVIEW, sample_seconds
        from keyfill.preview.page import find_data

        intent = intended_preview(folder, out, limit)
        shown = next(data.folder for data in reversed(find_data(folder)) if data is not None)
        keeping.tell(intent, *sample_seconds(PREVIEW, shown, intent.to_make))
        return
    with show_progress("preview", common) as report:
        page = make_preview(folder, out, report, limit, keeping)
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
