"""The quality gate as a process of its own: judges every sample of one clip's tar before the clip may enter a shard.

    python -m pairs.gate CLIP.tar GATE.json

Prints `{"ok": true, "reasons": [], "dropped": {KEY: [reason, ...]}}`, where `dropped` are the samples to leave out, or
`{"ok": false, "reasons": [...], ...}`, and exits 0; exits 2 when it is used wrongly. In its own process because it
decodes what may be damaged: a crash of the decoder is then a failed check and not the end of the farm.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from core.config import validate
from core.errors import InputError
from pairs.gate_config import GateConfig
from pairs.rules import judge
from pairs.shards import read_shard, scan_shard


def judge_clip(path: Path, config: GateConfig) -> tuple[list[str], dict[str, list[str]]]:
    """Why the clip in the tar at `path` is refused, empty when it is not; and which of its samples to leave out, why.

    Samples are left out only when `config.on_bad_lighting` says so and a good one remains.
    """
    try:
        row = scan_shard(path)
        if not row.samples:
            return ["the clip has no sample"], {}
        found = {sample.key: judge(sample, config) for sample in read_shard(path, row)}
    except InputError as error:
        return [str(error)], {}
    bad = {key: reasons for key, reasons in found.items() if reasons}
    if config.on_bad_lighting == "drop" and len(bad) < len(found):
        return [], bad
    return [f"{key}: {reason}" for key, reasons in bad.items() for reason in reasons], {}


def main(arguments: list[str]) -> int:
    """The process: see the module's docstring."""
    if len(arguments) != 2:
        print("usage: python -m pairs.gate CLIP.tar GATE.json", file=sys.stderr)
        return 2
    try:
        settings = json.loads(Path(arguments[1]).read_text(encoding="utf-8"))
        config = validate(settings, GateConfig, name=arguments[1])
    except (OSError, ValueError, InputError) as error:
        print(error, file=sys.stderr)
        return 2
    reasons, dropped = judge_clip(Path(arguments[0]), config)
    print(json.dumps({"ok": not reasons, "reasons": reasons, "dropped": dropped}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
