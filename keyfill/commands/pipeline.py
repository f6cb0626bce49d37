"""Commands that make pairs: run, render, relight."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from core.errors import InputError
from keyfill.app import CONFIGURED, KEEPING, WORKERS, Config, Configured, Keeping, Out, Workers, app, data_group

if TYPE_CHECKING:
    from farm.placement import Placement
    from keyfill.run_config import RunConfig


@app.command(group=data_group)
def run(
    config: Config,
    /,
    *,
    out: Out,
    where: Workers = WORKERS,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Render, degrade, train, evaluate, export and preview: the main job.

    Safe to run again: what is done and unchanged is not done again, and what was made from another config is made anew
    with --replace only. With --shard-index it only renders its slice.

    For example: `keyfill run configs/quick.yaml --out out/quick`
    """
    from keyfill.run_config import load_run, require_writable, say_if_idle

    loaded = load_run(config, common.set)
    placement = where.checked()
    say_if_idle(loaded.degrade, config)

    from keyfill.clips import planned_clips
    from keyfill.run import run_all
    from keyfill.run_intent import tell_all

    clips = planned_clips(loaded, placement.slice_of)
    if keeping.dry_run:
        tell_all(loaded, clips, out, placement, keeping)
        return
    _require_device(loaded, placement)
    _require_cache(loaded, placement)
    require_writable(out)
    run_all(loaded, clips, out, placement, common.quiet, keeping)


@app.command(group=data_group)
def render(
    config: Config,
    /,
    *,
    out: Out,
    where: Workers = WORKERS,
    recheck: Annotated[
        bool, Parameter(help="read finished shards again; render damaged clips again", negative=())
    ] = False,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Render clean shards: every clip in its own process, resumed where it stopped.

    Finished clips are kept: --prune removes those that the config no longer holds, --replace makes anew those that it
    changes. A clip that `verify` found damaged is mended, alone, with --recheck.

    For example:

    - `keyfill render configs/conference.yaml --out data/clean --workers 4`
    - `keyfill render configs/conference.yaml --out data/clean --shard-index 3 --num-shards 64`
    - `keyfill render configs/conference.yaml --out data/clean --recheck --dry-run`
    """
    from keyfill.clips import check_failures, intended_clips, planned_clips, render_stage
    from keyfill.plan import seconds_of
    from keyfill.progress import counted
    from keyfill.run_config import load_run, require_writable

    loaded = load_run(config, common.set)
    placement = where.checked()
    clips = planned_clips(loaded, placement.slice_of)
    if keeping.dry_run:
        intent = intended_clips(loaded, clips, out, placement.slice_of, recheck)
        keeping.tell(intent, *seconds_of(loaded, len(intent.to_make), out))
        return
    _require_device(loaded, placement)
    _require_cache(loaded, placement)
    require_writable(out)
    done = render_stage(loaded, clips, out, placement, common.quiet, recheck, keeping)
    where_it_is = f"{counted(done.clips, 'clip')} in {counted(len(done.shards), 'shard')} under {out}"
    print(f"{where_it_is}: {done.made} rendered now, {done.kept} kept")
    check_failures(done, out)


@app.command(group=data_group)
def relight(
    clean: Annotated[Path, Parameter(name="CLEAN", help="clean shards rendered with render.keep: layers")],
    /,
    *,
    out: Out,
    config: Annotated[Path | None, Parameter(help="draws the lightings; by default the config of CLEAN")] = None,
    lights: Annotated[Path | None, Parameter(help="YAML with lightings given by hand, instead of drawn ones")] = None,
    targets: Annotated[int, Parameter(help="how many studios each drawn source gets, a pair each")] = 1,
    where: Workers = WORKERS,
    keeping: Keeping = KEEPING,
    common: Configured = CONFIGURED,
) -> None:
    """Light kept layers anew: other rooms, turns, exposures and studios; clean shards, and nothing is traced.

    For example:

    - `keyfill relight data/clean --out data/relit --set seed=8 --set scenes.lightings_per_clip=4`
    - `keyfill relight data/clean --out data/studios --lights studios.yaml --set scenes.rooms=my_rooms`
    """
    from keyfill.clips import check_failures
    from keyfill.progress import counted
    from keyfill.relit_clips import hand_lightings, intended_relights, relight_stage, relit_clips, relit_config
    from keyfill.run_config import require_writable

    placement = where.checked()
    if clean.resolve() == out.resolve():
        raise InputError(f"--out {out}: is the folder of the layers; choose another folder")
    if not 1 <= targets <= 16 or (targets > 1 and lights is not None):
        raise InputError(f"--targets {targets}: expected 1 to 16, for drawn lightings; --lights has targets of its own")
    loaded = relit_config(clean, config, common.set)
    clips = relit_clips(clean, loaded, None if lights is None else hand_lightings(lights), targets)
    if keeping.dry_run:
        keeping.tell(intended_relights(clips, out, placement.slice_of))
        return
    require_writable(out)
    done = relight_stage(clips, out, placement, common.quiet, keeping)
    where_it_is = f"{counted(done.clips, 'clip')} in {counted(len(done.shards), 'shard')} under {out}"
    print(f"{where_it_is}: {done.made} lit now, {done.kept} kept")
    check_failures(done, out)


def _require_cache(config: RunConfig, placement: Placement) -> None:
    """Refuse a cache folder in which the body model neither is nor can be put, and a machine where no temporary file
    can be written: every clip would fail on it."""
    from core.files import scratch_folder, why_unreadable, why_unwritable
    from scenes.body.body_model import body_model_path

    if placement.ray_address is not None:
        return
    scratch_folder()
    model = body_model_path()
    if config.scenes.subjects is not None:
        return
    if model.exists():
        if why := why_unreadable(model):
            raise InputError(f"{model}: cannot be read ({why}); remove it, or set KEYFILL_CACHE")
        return
    if why := why_unwritable(model.parent):
        raise InputError(f"{model.parent}: the cache folder cannot be written ({why}); set KEYFILL_CACHE")


def _require_device(config: RunConfig, placement: Placement) -> None:
    """Refuse a device that is not on this machine, before any work; on a cluster every clip asks for itself."""
    if placement.ray_address is None:
        from render.device import require_device

        require_device(config.render.device)
