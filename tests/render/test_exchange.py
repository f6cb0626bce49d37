"""Where traces are handed over: in memory while it has room, in the work folder otherwise; nothing stays behind."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from core.errors import WorkError
from keyfill import clips as planning
from keyfill import doctor
from keyfill.run_config import RunConfig
from render import exchange, tracer
from render.job import make_job, subject_film
from render.relight import Relighter


@pytest.fixture
def job(subject, rooms, quick):
    """A small clip's job and its geometry."""
    scene, geometry = subject.scene([subject.lighting()]), subject.geometry(hair=False)
    film = subject_film(scene.camera, geometry, scene.width, scene.height)
    lights = Relighter(scene, quick(rooms="exact"), rooms, geometry, film)
    return make_job(scene, quick(rooms="exact"), rooms, film, lights.face, None, [0]), geometry


@pytest.fixture
def memory(tmp_path, monkeypatch):
    """A folder in the place of shared memory, with as much room as is said."""
    place = tmp_path / "memory"
    place.mkdir()
    for module in (exchange, tracer, planning, doctor):
        monkeypatch.setattr(module, "MEMORY", place)

    def with_room(count):
        usage = type("Usage", (), {"free": count})
        monkeypatch.setattr(exchange.shutil, "disk_usage", lambda _: usage)
        return place

    return with_room


@pytest.fixture
def no_child(monkeypatch):
    """The child does nothing: these tests are about the folder that it is handed."""
    monkeypatch.setattr(tracer, "module_command", lambda *_: [sys.executable, "-c", ""])


@pytest.mark.parametrize("spare", [0, -1])
def test_memory_is_taken_only_if_it_has_room(memory, job, no_child, tmp_path, spare):
    place = memory(exchange.needed_bytes(*job) + spare)
    work = tmp_path / "work"
    work.mkdir()
    with tracer.Tracer(*job, None, work) as running:
        assert running.folder.parent == (place if spare == 0 else work)
        assert json.loads((running.folder / "job.json").read_text())["clip"] == "clip-000000"
        # a second clip finds what the first has still to put there taken
        assert exchange.room_in_memory() < 100_000 or spare
    assert not list(place.iterdir()) and not list(work.iterdir())


def test_memory_that_fills_up_in_between_leaves_nothing(memory, job, no_child, tmp_path, monkeypatch):
    place, work = memory(1 << 40), tmp_path / "work"
    work.mkdir()
    save = type(job[1]).save

    def full(geometry, path):
        path.write_bytes(b"half")
        if path.is_relative_to(place):
            raise OSError(28, "No space left on device")
        save(geometry, path)

    monkeypatch.setattr(type(job[1]), "save", full)
    with tracer.Tracer(*job, None, work) as running:
        assert running.folder.parent == work and not list(place.iterdir())
    monkeypatch.setattr(tracer, "MEMORY", work)
    monkeypatch.setattr(type(job[1]), "save", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(WorkError, match="no room to hand the clip"), tracer.Tracer(*job, None, work):
        pass
    assert not list(work.iterdir()) and not list(place.iterdir())


def test_what_a_killed_run_left_is_removed_and_what_is_in_use_is_not(memory):
    place = memory(1_000_000)
    code = f"from render.exchange import *; print(claimed_folder(Path({str(place)!r}), 5)[0]); os._exit(0)"
    left = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    mine, claim = exchange.claimed_folder(place, 400_000)
    assert exchange.room_in_memory() == 600_000 + len("400000")
    assert list(place.iterdir()) == [mine] and left
    claim.close()


def test_little_memory_is_said_once_before_the_first_clip_and_by_the_doctor(memory, capsys):
    memory(64_000_000)
    found = doctor._exchange()
    assert not found.ok and not found.needed and "64.0 MB free" in found.detail and "--shm-size" in found.fix
    planning._warn_little_memory(RunConfig(), 2)
    assert "64.0 MB free, the traces of 2 clips take up to" in capsys.readouterr().err
    memory(1 << 40)
    planning._warn_little_memory(RunConfig(), 2)
    assert doctor._exchange().ok and capsys.readouterr().err == ""
