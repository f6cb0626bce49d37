"""A real local Ray: the same bytes as the local pool, faults blamed on their clip, GPU shares, nothing left over."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from core.errors import InputError
from farm import ray_pool
from farm.config import FarmConfig
from farm.jobs import Job
from farm.placement import Placement
from farm.pool import run_on
from farm.produce import produce

ray = pytest.importorskip("ray")
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def cluster():
    """Two CPUs and one GPU that is only a number: what is tested is who gets which share of it."""
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    ray.init(num_cpus=2, num_gpus=1, include_dashboard=False, log_to_driver=False, logging_level="ERROR")
    yield
    ray.shutdown()


@pytest.mark.slow
def test_on_ray_the_bytes_are_those_of_one_worker_and_a_poison_clip_is_alone(
    cluster, stand_in, tmp_path, shard_sums, gone
):
    produce(stand_in.plan(4), tmp_path / "one", 2, {}, farm=FarmConfig(min_free_gb=0))
    modes = {1: "segfault", 2: "orphan"}
    report = produce(
        stand_in.plan(4, modes=modes),
        tmp_path / "ray",
        2,
        {},
        placement=Placement(ray_address="auto"),
        farm=FarmConfig(min_free_gb=0, attempts=2),
    )
    assert list(report.quarantined) == ["clip-000001"] and "SIGSEGV" in report.quarantined["clip-000001"]
    events = [json.loads(line) for line in (tmp_path / "ray" / "events.jsonl").read_text().splitlines()]
    assert any(event["event"] == "progress" for event in events)
    assert (
        produce(
            stand_in.plan(4),
            tmp_path / "ray",
            2,
            {},
            placement=Placement(ray_address="auto"),
            farm=FarmConfig(min_free_gb=0),
        ).made
        == 1
    )
    assert shard_sums(tmp_path / "ray") == shard_sums(tmp_path / "one")
    gone()


@pytest.mark.slow
def test_clips_that_share_a_gpu_run_together_and_others_wait(cluster, tmp_path):
    # Each waits for as many as ought to run together: how slowly they come up does not matter.
    say = (
        "import glob, json, os, sys, time; start = time.time(); open(sys.argv[1] + '.here', 'w').close()\n"
        "while len(glob.glob(sys.argv[2])) < int(sys.argv[3]) and time.time() < start + 60: time.sleep(0.02)\n"
        "time.sleep(0.3)\n"
        "said = {'gpu': os.environ.get('CUDA_VISIBLE_DEVICES'), 'omp': os.environ.get('OMP_NUM_THREADS'),\n"
        "        'start': start, 'end': time.time()}\n"
        "open(sys.argv[1], 'w').write(json.dumps(said)); print(json.dumps(said))"
    )

    def run(share, together):
        paths = [tmp_path / f"{share}-{i}" for i in range(3)]
        others = (str(tmp_path / f"{share}-*.here"), str(together))
        jobs = [Job(p.name, (sys.executable, "-c", say, str(p), *others), p, gpu_share=share, cpus=0.5) for p in paths]
        outcomes = run_on(ray_pool.RayPool("auto"), jobs)
        assert [outcome.state for outcome in outcomes] == ["done"] * 3
        said = [json.loads(path.read_text()) for path in paths]
        assert {one["gpu"] for one in said} == {"0"}
        assert all(one["omp"] == os.environ.get("OMP_NUM_THREADS") for one in said)
        return max(sum(a["start"] < b["end"] and b["start"] < a["end"] for b in said) for a in said)

    assert run(1.0, together=1) == 1
    assert run(0.5, together=2) >= 2


@pytest.mark.slow
def test_a_ray_worker_that_is_killed_costs_one_try(cluster, stand_in, tmp_path, gone, running):
    """kill -9 of the Ray worker itself, in the middle of a clip; its clip's process goes with it and is tried again."""
    killed = []

    def kill(event):
        if event["event"] == "progress" and event["job"] == "clip-000000" and not killed:
            killed.append(event["job"])
            for pid, text in running():
                if b"supervisor.py" in text:
                    parent = int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
                    os.kill(parent, signal.SIGKILL)

    modes = {0: "hang-once"}
    report = produce(
        stand_in.plan(2, modes=modes),
        tmp_path,
        2,
        {},
        placement=Placement(ray_address="auto"),
        farm=FarmConfig(min_free_gb=0, attempts=3),
        on_event=kill,
    )
    assert killed and (report.made, report.quarantined) == (2, {})
    events = [json.loads(line) for line in (tmp_path / "events.jsonl").read_text().splitlines()]
    assert any(event["event"] == "retry" and "Ray: " in event["reason"] for event in events)
    gone()


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_driver_on_ray_that_is_ended_leaves_nothing(stand_in, tmp_path, gone, running, number):
    code = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); sys.path.insert(0, {str(Path(stand_in.__file__).parent)!r})\n"
        "import stand_in; from farm.config import FarmConfig; from farm.placement import Placement\n"
        "from farm.produce import produce; from pathlib import Path\n"
        "plan = stand_in.plan(2, modes={0: ('slow', '1000'), 1: ('slow', '1000')})\n"
        "place, farm = Placement(ray_address='local'), FarmConfig(min_free_gb=0)\n"
        "produce(plan, Path(sys.argv[1]), 2, {}, placement=place, farm=farm)"
    )
    environment = {name: value for name, value in os.environ.items() if name != "RAY_ADDRESS"}
    driver = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stderr=subprocess.PIPE, text=True, env=environment
    )
    end = time.monotonic() + 90
    while not any(b"stand_in.py clip" in text for _, text in running()):
        assert time.monotonic() < end and driver.poll() is None, driver.stderr.read()
        time.sleep(0.1)
    began = time.monotonic()
    driver.send_signal(number)
    said = driver.communicate(timeout=60)[1]
    if number == signal.SIGINT:
        assert "run the same command again" in said
        assert time.monotonic() - began < 30
    gone(30.0)


def test_without_ray_it_is_said_before_anything_is_written(monkeypatch, stand_in, tmp_path):
    monkeypatch.setattr(ray_pool.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(InputError, match=r"Ray is not installed; run: pip install .*\[farm\]"):
        produce(stand_in.plan(1), tmp_path / "out", 2, {}, placement=Placement(ray_address="local"))
    assert not (tmp_path / "out").exists()


def test_an_address_where_nobody_answers(stand_in, tmp_path):
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(InputError, match=f"--ray {address}: Connection refused; start a cluster with: ray start"):
            produce(
                stand_in.plan(1),
                tmp_path,
                2,
                {},
                placement=Placement(ray_address=address),
                farm=FarmConfig(min_free_gb=0),
            )
