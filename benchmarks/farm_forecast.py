"""How right a plan is: what `keyfill plan --measure` says of a config beside what rendering it then takes.

    python benchmarks/farm_forecast.py CONFIG [--set KEY=VALUE]...

Processor seconds of all that the render starts, on one thread, and bytes of shards; each as the plan's share of the
run's. Other load on the machine changes processor time less than the clock, yet not by nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path


def plan(config: str, overrides: list[str]) -> dict[str, float]:
    """The cost that `keyfill plan --measure` says, as its JSON has it."""
    command = [sys.executable, "-m", "keyfill", "plan", config, "--measure", "--quiet", "--json", *overrides]
    child = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if child.returncode:
        sys.exit(child.returncode)
    return json.loads(child.stdout)["cost"]


def render(config: str, overrides: list[str], out: Path) -> dict[str, float]:
    """The same of a render into `out`."""
    command = [sys.executable, "-m", "keyfill", "render", config, "--out", str(out), "--quiet", *overrides]
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, code, used = os.wait4(child.pid, 0)
    if code:
        sys.exit(os.waitstatus_to_exitcode(code))
    return {
        "core_seconds": used.ru_utime + used.ru_stime,
        "bytes": float(sum(path.stat().st_size for path in out.glob("*.tar"))),
    }


def main() -> None:
    """Print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="a YAML config, e.g. configs/quick.yaml")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="override a config key")
    args = parser.parse_args()
    overrides = [word for row in ("render.threads=1", *args.set) for word in ("--set", row)]
    with tempfile.TemporaryDirectory() as name:
        said, took = plan(args.config, overrides), render(args.config, overrides, Path(name))
    for what, unit, scale in (("core_seconds", "core seconds", 1), ("bytes", "MB", 1e6)):
        planned, measured = said[what] / scale, took[what] / scale
        print(f"{unit}: planned {planned:.1f}, taken {measured:.1f}, {planned / measured:.2f} of it")


if __name__ == "__main__":
    main()
