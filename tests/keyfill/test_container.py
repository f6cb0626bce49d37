"""In a container: the image files fit the repository, what is short is said before anything starts, and with what there
is a clip is rendered. No engine is needed: namespaces and user ids are the kernel's."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import keyfill.cli  # noqa: F401  (registers the commands)
from keyfill.app import app
from pairs.dataset import Dataset
from scenes.body.body_model import body_model_path, load_body_model

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE, RECIPE = ROOT / "Dockerfile", ROOT / "keyfill.def"
PACKAGES = {path.parent.name for path in ROOT.glob("*/__init__.py")}
PLACES = """
import sys
from pathlib import Path
from keyfill.doctor import _cache, _disk, _exchange, _scratch
for found in (_scratch(), _cache(), _disk(Path(sys.argv[1])), _exchange()):
    print(found.what, "ok" if found.ok else "short", found.detail, found.fix, sep=" | ")
"""
CONTAINER = """
set -e
mount --make-rprivate /
mount --bind "$1" "$1"
mount -t tmpfs -o size=64m,mode=1777 tmpfs /dev/shm
[ "$2" = none ] || mount -t tmpfs -o size=64m,mode=1777 tmpfs /var/tmp
mount -o remount,ro,bind /
cd /
shift 2
# reads everything, as the interpreter may lie in root's home; writes nothing
only="-all,+dac_read_search"
exec setpriv --reuid 12345 --regid 12345 --clear-groups --inh-caps=$only --ambient-caps=$only \\
    env -i PATH=/usr/bin:/bin "$@"
"""
"""As `docker run --read-only --user 12345 --tmpfs /tmp` has it, with the 64 MB of /dev/shm that it gives, and no HOME.
The place for temporary files is /var/tmp here, as the folders of tests are in /tmp."""


def instructions() -> list[tuple[str, str]]:
    lines = re.sub(r"\\\n", " ", DOCKERFILE.read_text(encoding="utf-8")).splitlines()
    return [tuple(line.split(" ", 1)) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def section(name: str) -> list[str]:
    body = re.search(rf"^%{name}\n(.*?)(?=^%|\Z)", RECIPE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    assert body is not None, name
    return [line.strip() for line in body[1].splitlines() if line.strip()]


def test_both_images_take_the_same_steps() -> None:
    steps = [words for name, words in instructions() if name == "RUN"]
    assert section("post")[2:] == steps and section("post")[1] == "cd /keyfill"
    assert dict(instructions())["FROM"] in RECIPE.read_text() and "python:3.11" in dict(instructions())["FROM"]
    assert section("post")[0] == section("environment")[0] == f"export {dict(instructions())['ENV']}"
    assert "KEYFILL_CACHE" in dict(instructions())["ENV"]


def test_the_steps_are_those_of_the_repository() -> None:
    packages, venv, pip, model = (words for name, words in instructions() if name == "RUN")
    assert packages.startswith("sh tools/system-packages renderer ") and venv == "python3.11 -m venv .venv"
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    (install,) = re.findall(r"-m pip (install .*)", makefile)
    of_make, of_image = set(shlex.split(install)), set(shlex.split(pip.partition(" -m pip ")[2]))
    assert of_make - of_image == {"--quiet", "--upgrade-strategy", "only-if-needed", ".[farm,test]"}
    assert of_image - of_make == {"--no-cache-dir", ".[farm]"}
    module = model.removeprefix(".venv/bin/python -m ")
    assert module in makefile and (ROOT / f"{module.replace('.', '/')}.py").exists()
    subprocess.run(["sh", "-n", ROOT / "tools" / "system-packages"], check=True)
    assert '"${1:-}" != renderer' in (ROOT / "tools" / "system-packages").read_text(encoding="utf-8")


def test_the_images_hold_all_that_runs_and_end_in_our_command() -> None:
    told = dict(instructions())
    assert told["COPY"] == ". ." and told["WORKDIR"] == "/keyfill" and int(told["USER"].partition(":")[0]) > 0
    hidden = {line.strip("/") for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").split()}
    needed = PACKAGES | {"configs", "tools", "pyproject.toml", "constraints.txt", "README.md", "LICENSE"}
    assert not hidden & needed and all((ROOT / name).exists() for name in needed)
    assert {line.split()[0] for line in section("files")} >= needed
    (program,) = json.loads(told["ENTRYPOINT"])
    assert program == "/keyfill/.venv/bin/keyfill" and section("runscript") == [f'exec {program} "$@"']
    app.parse_args(json.loads(told["CMD"]), exit_on_error=False, print_error=False)
    (job,) = yaml.safe_load_all((ROOT / "docs" / "examples" / "kubernetes-indexed-job.yaml").read_text())
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert f"-t {container['image']} ." in DOCKERFILE.read_text() and container["workingDir"] == "/keyfill"


def inside(out: Path, *words: object, temporary: str = "some") -> subprocess.CompletedProcess[str]:
    command = ["unshare", "--mount", "sh", "-c", CONTAINER, "sh", out, temporary, *words]
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=200)


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder that everybody may write; the conditions are those of a container."""
    if os.geteuid() != 0 or not all(map(shutil.which, ("unshare", "setpriv"))):
        pytest.skip("needs root, unshare and setpriv")
    tmp_path.chmod(0o777)
    done = inside(tmp_path, "touch", "/none", tmp_path / "some")
    if "Read-only file system" not in done.stderr or not (tmp_path / "some").exists():
        pytest.skip(f"no namespaces here: {done.stderr.strip()}")
    return tmp_path


def python(*words: object) -> list[object]:
    return [f"PYTHONPATH={ROOT}", sys.executable, "-P", *words]


def test_what_is_short_is_said_before_anything_starts(out: Path) -> None:
    done = inside(out, *python("-c", PLACES, "/keyfill-out"), temporary="none")
    scratch, cache, disk, shared = done.stdout.splitlines()
    assert scratch.startswith("temporary files | short | no folder for temporary files can be written | set TMPDIR")
    assert cache.startswith("cache folder | short") and "KEYFILL_CACHE" in cache
    assert disk.startswith("disk | short | / cannot be written: Read-only file system")
    assert shared.startswith("shared memory | short") and "--shm-size" in shared
    run = python("-m", "keyfill", "render", ROOT / "configs" / "quick.yaml", "--out", out / "clean", "--quiet")
    done = inside(out, *run, temporary="none")
    assert done.returncode == 2 and not (out / "clean").exists()
    assert done.stderr.startswith("keyfill: no folder for temporary files can be written; set TMPDIR")
    assert done.stderr.count("\n") == 1


def test_with_temporary_files_a_user_without_home_lacks_nothing_but_shared_memory(out: Path) -> None:
    scratch, cache, disk, shared = inside(out, *python("-c", PLACES, out / "new")).stdout.splitlines()
    assert scratch.startswith("temporary files | ok | ") and "/var/tmp" in scratch
    assert cache.startswith("cache folder | ok | /var/tmp/keyfill-12345") and disk.startswith("disk | ok")
    assert shared.startswith("shared memory | short | ")


@pytest.mark.slow
def test_a_clip_is_rendered(out: Path) -> None:
    load_body_model()  # built before, as in the image, where whoever runs it can read it
    (out / "cache").mkdir()
    Path(shutil.copy(body_model_path(), out / "cache")).chmod(0o644)
    small = {"train_clips": 1, "test_clips": 0, "width": 64, "height": 36, "frames": 1}
    render = {"samples": 1, "studio_samples": 1, "bounces": 1, "denoise": "off", "rooms": "exact", "samples_alone": 1}
    gate = {"firefly_step": 0, "subject_share": 0, "face_frames": 0, "face_rule": False, "identical_difference": 0}
    sets = {
        f"{part}.{key}": value
        for part, keys in (("scenes", small), ("render", render), ("gate", gate))
        for key, value in keys.items()
    }
    words = [word for key, value in sets.items() for word in ("--set", f"{key}={json.dumps(value)}")]
    run = python("-m", "keyfill", "render", ROOT / "configs" / "quick.yaml", "--out", out / "clean", *words)
    done = inside(out, f"KEYFILL_CACHE={out / 'cache'}", *run)
    assert done.returncode == 0, done.stderr
    assert len(Dataset(out / "clean").keys()) >= 1
    assert next((out / "clean").glob("*.tar")).stat().st_uid == 12345
