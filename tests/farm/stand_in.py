"""A stand-in for the renderer: writes a real small clip, or goes wrong in one of many ways; and a driver to be killed.

python stand_in.py clip FOLDER KEY SEED MODE [ARGUMENT]
python stand_in.py drive OUT CLIPS WORKERS [FAULT]
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

FRAMES, HEIGHT, WIDTH = 3, 36, 64


def samples(key, seed, lightings=2, dark=()):
    """Real samples: noise over a gradient, target brighter than source on the face, a mask, a face box."""
    import numpy as np

    from core.rng import rng_for
    from pairs.shards import Sample
    from pairs.video import encode_lossless

    mask = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    mask[8:, 20:44] = 255
    for light in range(lightings):
        rng = rng_for(seed, key, f"light-{light}")
        base = np.tile(np.linspace(100, 700, WIDTH, dtype=np.float32)[None, :, None], (HEIGHT, 1, 3))
        source = [np.clip(base + rng.normal(0, 20, base.shape), 0, 1023).astype(np.uint16) for _ in range(FRAMES)]
        lift = 0.6 if light in dark else 1.3
        target = [np.clip(frame * (lift / 4), 0, 255).astype(np.uint8) for frame in source]
        info = {
            "key": f"{key}-light-{light:02d}",
            "clip": key,
            "split": "train",
            "fps": 30.0,
            "frames": FRAMES,
            "width": WIDTH,
            "height": HEIGHT,
            "face_box": [[24, 10, 40, 26]] * FRAMES,
            "device": f"process {os.getpid()}",
            "assets": [{"name": "noise", "licence": "CC0-1.0", "author": "", "source": "", "sha256": ""}],
        }
        members = {
            "json": json.dumps(info).encode(),
            "source.mkv": encode_lossless(source, 30),
            "target.mkv": encode_lossless(target, 30),
            "mask.mkv": encode_lossless([mask] * FRAMES, 30),
        }
        yield Sample(f"{key}-light-{light:02d}", members)


def report():
    spent = {"core_start_s": 10.0, "core_seconds_per_frame": 6.0}
    told = {"seconds_per_frame": time.monotonic(), "device": f"process {os.getpid()}", **spent}
    print(json.dumps(told), flush=True)


def write(folder, key, seed, **options):
    from pairs.shards import write_shard

    write_shard(folder / "clip.tar", samples(key, seed, **options))


def clip(folder, key, seed, mode, argument):
    print(json.dumps({"done": 0, "total": FRAMES, "clip": key}), flush=True)
    if mode == "ok":
        write(folder, key, seed)
    elif mode == "slow":
        time.sleep(float(argument))
        write(folder, key, seed)
    elif mode == "hangs-between-frames":
        for done in range(1, FRAMES):
            time.sleep(0.02)
            print(json.dumps({"done": done, "total": FRAMES, "clip": key}), flush=True)
        time.sleep(1000)
    elif mode == "held":
        while Path(argument).exists():
            time.sleep(0.02)
        write(folder, key, seed)
    elif mode == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    elif mode == "exit":
        os._exit(3)
    elif mode == "bad-input":
        print("the room is missing", file=sys.stderr)
        sys.exit(2)
    elif mode == "loop":
        while True:
            pass
    elif mode == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        time.sleep(1000)
    elif mode == "hang-at-exit":
        write(folder, key, seed)
        report()
        time.sleep(1000)
    elif mode == "wrote-nothing":
        pass
    elif mode == "said-nothing":
        write(folder, key, seed)
        return
    elif mode == "kill9-mid-write":
        (folder / ".clip.tar.1.part").write_bytes(b"half")
        os.kill(os.getpid(), signal.SIGKILL)
    elif mode == "orphan":
        subprocess.Popen(
            [
                "sleep",
                "1000",
            ],
            start_new_session=True,
            env={"MARK": str(folder)},
        )
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)", str(folder)], start_new_session=True)
        write(folder, key, seed)
    elif mode == "flood":
        for _ in range(400):
            sys.stderr.write("x" * 99_999 + "\n")
        sys.stderr.write("the last words\n")
        sys.exit(1)
    elif mode == "hog":
        block = bytearray(int(argument))
        block[::4096] = b"x" * len(block[::4096])
        time.sleep(1000)
    elif mode == "fail-once":
        if not (folder / "seen").exists():
            (folder / "seen").touch()
            sys.exit(1)
        write(folder, key, seed)
    elif mode == "hang-once":
        if not (folder / "seen").exists():
            (folder / "seen").touch()
            time.sleep(1000)
        write(folder, key, seed)
    elif mode == "cut":
        write(folder, key, seed)
        os.truncate(folder / "clip.tar", int(argument))
    elif mode in ("dark", "always-dark"):
        write(folder, key, seed, dark=(0, 1))
    elif mode == "one-dark":
        write(folder, key, seed, dark=(0,))
    elif mode == "fill-disk":
        with open(folder / "frames.bin", "wb") as file:
            while True:
                file.write(b"x" * 65536)
    else:
        raise ValueError(mode)
    report()


def plan(clips, seed=1, modes=None):
    """A plan of stand-in clips; `modes`: index -> mode or (mode, argument) where it is not "ok"."""
    from core.identity import digest

    def one(index):
        key = f"clip-{index:06d}"
        mode, argument = "ok", ""
        if modes and index in modes:
            mode, argument = modes[index] if isinstance(modes[index], tuple) else (modes[index], "")

        def build(folder, draw):
            drawn = "ok" if draw and mode == "dark" else mode
            return [sys.executable, __file__, "clip", folder, key, seed + draw, drawn, argument]

        return SimpleNamespace(key=key, identity=digest("stand-in", key, seed), build=build, split="train")

    return [one(index) for index in range(clips)]


def drive(out, clips, workers, fault):
    """Produce in this process, killing it with SIGKILL at an exact point when `fault` says so."""
    import pairs.shards
    from farm import produce
    from farm.clip_work import ClipWork
    from farm.config import FarmConfig
    from farm.placement import Placement
    from farm.shard_plan import ShardFolder

    def die(*_arguments, **_options):
        os.kill(os.getpid(), signal.SIGKILL)

    if fault == "before-row":
        ShardFolder.publish = die
    elif fault == "before-rename":
        os.replace, real = (
            (lambda a, b: die() if str(b).endswith("0.tar") and "work" not in str(b) else real(a, b)),
            os.replace,
        )
    elif fault == "mid-shard":
        real_init, count = pairs.shards.Sample.__init__, iter(range(3))

        def init(self, *arguments):
            if next(count, None) is None:
                die()
            real_init(self, *arguments)

        pairs.shards.Sample.__init__ = init
    elif fault == "before-work-removed":
        ClipWork.remove = die
    kind, _, argument = fault.partition(" ")
    modes = {}
    if kind in ("slow", "held"):
        modes = {index: (kind, argument) for index in range(clips)}
    elif kind == "last-slow":
        modes = {clips - 1: ("slow", argument)}
    produce.produce(
        plan(clips, modes=modes), out, 2, {"config": {}}, placement=Placement(workers), farm=FarmConfig(min_free_gb=0)
    )


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    verb, *rest = sys.argv[1:]
    if verb == "clip":
        clip(Path(rest[0]), rest[1], int(rest[2]), rest[3], rest[4])
    else:
        drive(Path(rest[0]), int(rest[1]), int(rest[2]), rest[3] if len(rest) > 3 else "")
