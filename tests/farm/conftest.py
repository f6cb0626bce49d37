"""Shared by the farm's tests: the stand-in renderer, shard digests, and proof that nothing is left running."""

import contextlib
import hashlib
import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

STAND_IN = Path(__file__).with_name("stand_in.py")


@pytest.fixture(scope="session")
def stand_in():
    spec = importlib.util.spec_from_file_location("farm_stand_in", STAND_IN)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def shard_sums():
    return lambda folder: {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.glob("*.tar"))}


@pytest.fixture
def running(tmp_path):
    """Processes whose command line or environment names this test's folder."""

    def find():
        mark, found = os.fsencode(str(tmp_path)), []
        for name in filter(str.isdigit, os.listdir("/proc")):
            if int(name) == os.getpid():
                continue
            try:
                text = Path(f"/proc/{name}/cmdline").read_bytes() + Path(f"/proc/{name}/environ").read_bytes()
                state = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()[0]
            except OSError:
                continue
            if mark in text and state != "Z":
                found.append((int(name), text.replace(b"\0", b" ")[:200]))
        return found

    return find


@pytest.fixture
def gone(running):
    """Wait until nothing of this test runs any more; fails after some seconds."""

    def wait(seconds=10.0):
        end = time.monotonic() + seconds
        while (left := running()) and time.monotonic() < end:
            time.sleep(0.05)
        assert not left, f"still running: {left}"

    return wait


@pytest.fixture
def driver():
    """Start a driver process over a folder."""
    started = []

    def start(out, clips, workers=2, fault=""):
        argv = [sys.executable, STAND_IN, "drive", out, str(clips), str(workers), fault]
        process = subprocess.Popen([str(part) for part in argv], stderr=subprocess.PIPE, text=True)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stderr.close()


@contextlib.contextmanager
def _disk(folder, options):
    """A real disk of its own in `folder`: a tmpfs, mounted outright (root) or inside a user namespace; where it is."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", options, "keyfill-test", str(folder)]
    if subprocess.run(mount, capture_output=True).returncode == 0:
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", folder], check=True)
        return
    holder = subprocess.Popen(
        ["unshare", "-Urm", "sh", "-c", '"$@" && echo ready && cat', "sh", *mount],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout.readline() == "ready\n", "neither mount nor unshare is allowed here: run the tests as root"
    try:
        yield Path(f"/proc/{holder.pid}/root{folder}")
    finally:
        holder.communicate()


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a real disk of 2 MB."""
    with _disk(tmp_path / "small", "size=2m") as folder:
        yield folder


@pytest.fixture
def read_only_disk(tmp_path):
    """A folder on a real disk that cannot be written, not even by root."""
    with _disk(tmp_path / "locked", "ro,size=2m") as folder:
        yield folder


@pytest.fixture
def fill():
    """Take all space of a disk but `leave` bytes."""

    def take(folder, leave):
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        (folder / "ballast").write_bytes(bytes(max(0, free - leave)))

    return take
