"""The application, its groups and the options that commands share; the commands are in `keyfill.commands`."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import App, Group, Parameter

from core.intent import Consent, Intent
from farm.placement import Placement

if TYPE_CHECKING:
    from core.progress import Progress

HELP = """keyfill makes paired video for teaching a model to light people in video calls.

- The main job: `keyfill run configs/quick.yaml --out out/quick`
- Step by step: render, degrade, train, evaluate, export; each is a command of its own and safe to run again.
- Exit codes: 0 done, 1 the work failed, 2 the input is wrong.
"""

app = App(name="keyfill", help=HELP, help_format="markdown", version_flags=["--version"], result_action="return_value")
data_group, model_group, score_group, look_group = (
    Group.create_ordered("Make pairs"),
    Group.create_ordered("Train and use a model"),
    Group.create_ordered("Score and compare"),
    Group.create_ordered("Look and check"),
)

Config = Annotated[Path, Parameter(help="a YAML config, e.g. configs/quick.yaml")]
Folder = Annotated[Path, Parameter(help="the folder of a run, or of clean or pair shards")]
Pairs = Annotated[Path, Parameter(name="IN", help="a folder of pair shards")]
Json = Annotated[bool, Parameter(help="print a JSON record instead of a table", negative=())]
Out = Annotated[Path, Parameter(help="the folder or file to write")]
Replace = Annotated[bool, Parameter(help="replace what is there and differs", negative=())]
Restore = Annotated[Path | None, Parameter(help="the folder of a trained restoration, to stand behind the model")]
Run = Annotated[Path, Parameter(name="RUN", help="the folder of a trained model")]

WhichJudge = Annotated[Path | None, Parameter(name="--judge", help="a folder that keyfill teach wrote")]


@Parameter(name="*")
@dataclass(frozen=True)
class Common:
    """Options that every command takes."""

    quiet: Annotated[bool, Parameter(help="no progress", negative=())] = False
    debug: Annotated[bool, Parameter(help="show the traceback of a failure", negative=())] = False


@Parameter(name="*")
@dataclass(frozen=True)
class Configured(Common):
    """Options that every command with a config takes."""

    set: Annotated[
        tuple[str, ...],
        Parameter(help="override a config key: --set render.samples=16 (repeat as needed)", negative=()),
    ] = ()


@Parameter(name="*")
@dataclass(frozen=True)
class Workers(Placement):
    """Where clips are rendered."""

    workers: Annotated[int, Parameter(help="processes on this machine, one clip each")] = 1
    ray_address: Annotated[
        str | None, Parameter(name="--ray", help="render on a Ray cluster: an address, or 'local' to start one here")
    ] = None
    shard_index: Annotated[int | None, Parameter(help="for array jobs: which slice of the shards, from 0")] = None
    num_shards: Annotated[int | None, Parameter(help="for array jobs: how many slices")] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Keeping(Consent):
    """What a command that writes may do to what is there. Without these, nothing finished goes or is made anew."""

    prune: Annotated[bool, Parameter(help="remove what is there and no longer wanted", negative=())] = False
    replace: Annotated[bool, Parameter(help="make anew what is there from something else", negative=())] = False
    dry_run: Annotated[
        bool, Parameter(help="say what this would do, with totals and time; do nothing", negative=())
    ] = False

    def tell(self, intent: Intent, seconds: float | None = None, basis: str = "") -> None:
        """For --dry-run: as `show` does; then as the run would, InputError where it would stop."""
        self.show(intent, seconds, basis)
        intent.require(self)

    def show(self, intent: Intent, seconds: float | None, basis: str) -> None:
        """What would be done, an item a line; totals and time on standard error, so that the list can be piped."""
        from keyfill.progress import clock

        for line in intent.lines():
            print(line)
        print(intent.totals(), file=sys.stderr)
        if not intent.to_make:
            print("time: none, nothing is to be made", file=sys.stderr)
        else:
            known = "not known" if seconds is None else f"about {clock(seconds)}"
            print(f"time: {known}{f'; {basis}' if basis else ''}", file=sys.stderr)


COMMON, CONFIGURED, WORKERS, KEEPING = Common(), Configured(), Workers(), Keeping()


def show_progress(title: str, common: Common) -> AbstractContextManager[Progress]:
    """A progress display for one stage."""
    from keyfill.progress import showing

    return showing(title, common.quiet)


def print_table(lines: list[list[str]], title: str) -> None:
    """Lines of text cells, the first a header, on the terminal."""
    from keyfill import console

    console.print_table(lines, title)


def say_oddities(paths: Iterable[Path]) -> None:
    """A line on standard error for each kind of oddity of the user's videos: alpha, pixels that are not square, ..."""
    from core.footage import oddities

    for line in oddities(paths):
        print(f"keyfill: {line}", file=sys.stderr)


def as_json(record: Any) -> str:
    """A record as indented JSON with sorted keys."""
    import json

    return json.dumps(record, indent=1, sort_keys=True)
