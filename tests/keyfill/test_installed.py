"""The built wheel holds all that it needs, an editable install survives folders with our names, and the steps of the
container images run where they can; all for real."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from scenes.body.body_model import body_model_path, load_body_model
from score.preference.simulated_votes import Crowd, simulate_votes
from score.preference.votes import write_votes

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = sorted(path.parent.name for path in ROOT.glob("*/__init__.py"))
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def run(*command: object, cwd: Path) -> str:
    own = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run([str(part) for part in command], cwd=cwd, env=own, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tree as it is checked out, so that building leaves nothing in the repository."""
    copy = tmp_path_factory.mktemp("source") / "keyfill"
    copy.mkdir()
    for name in PACKAGES:
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    return copy


def environment(folder: Path) -> Path:
    """The Python of an empty environment that sees the installed libraries, but nothing of ours."""
    run(sys.executable, "-m", "venv", "--without-pip", folder, cwd=folder.parent)
    return with_libraries(folder)


def with_libraries(folder: Path) -> Path:
    own = next(folder.glob("lib/python*/site-packages"))
    for place in (Path(place) for place in sys.path if Path(place).name == "site-packages"):
        for library in place.iterdir():
            if not library.name.lower().startswith(("keyfill", "__editable__")) and not (own / library.name).exists():
                (own / library.name).symlink_to(library)
    return folder / "bin" / "python"


def install(python: Path, what: object, *options: str, cwd: Path) -> None:
    pip = (sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
    run(*pip, "--no-deps", "--no-index", "--no-build-isolation", *options, what, cwd=cwd)


def test_the_wheel_is_whole(source: Path, tmp_path: Path) -> None:
    run(
        *(sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"),
        *("--wheel-dir", tmp_path / "dist", source),
        cwd=tmp_path,
    )
    (wheel,) = (tmp_path / "dist").glob("keyfill-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = set(archive.namelist())
    ours = {path.relative_to(source).as_posix() for name in PACKAGES for path in (source / name).rglob("*.*")}
    missing = sorted(name for name in ours - held if (source / name).is_file())
    assert not missing, "package-data or packages.find in pyproject.toml leaves them out"

    python = environment(tmp_path / "env")
    install(python, wheel, cwd=tmp_path)
    keyfill, work = python.with_name("keyfill"), tmp_path / "work"
    work.mkdir()
    where = run(python, "-c", f"import {', '.join(PACKAGES)}; print({PACKAGES[0]}.__file__)", cwd=work)
    assert Path(where.strip()).is_relative_to(tmp_path / "env"), where
    assert "MISSING" not in run(keyfill, "doctor", cwd=work)
    write_votes(work / "votes.csv", simulate_votes({"a": 0.5, "b": 0.0, "c": -0.5}, Crowd(9, 10, 24), 0))
    assert "9 of 9 raters kept" in run(keyfill, "rank", "votes.csv", "--resamples", "60", "--out", "ranking", cwd=work)
    assert '"title": "RunConfig"' in run(keyfill, "schema", "run", cwd=work)


def test_an_editable_install_survives_a_folder_called_pairs(source: Path, tmp_path: Path) -> None:
    """As `make setup` installs it; the demo's output folder holds `pairs/`, which is no package of Python's."""
    option = re.search(r"--config-settings (\S+)", (ROOT / "Makefile").read_text())
    assert option is not None
    python = environment(tmp_path / "env")
    install(python, source, "--config-settings", option[1], "--editable", cwd=tmp_path)
    (tmp_path / "quick" / "pairs").mkdir(parents=True)
    script = "from pairs.reader import Reader; import pairs; print(pairs.__file__)"
    found = run(python, "-c", script, cwd=tmp_path / "quick")
    assert Path(found.strip()) == source / "pairs" / "__init__.py"


def test_the_steps_of_the_images_run(tmp_path: Path) -> None:
    """Of the Dockerfile, in a folder with what keyfill.def names. Libraries are those here, in place of a download; the
    system's are looked for and there; the body model is found built."""
    place, (recipe, docker) = (
        tmp_path / "keyfill",
        ((ROOT / name).read_text() for name in ("keyfill.def", "Dockerfile")),
    )
    place.mkdir()
    for name in re.findall(r"^ +(\S+) /keyfill/$", recipe, re.MULTILINE):
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, place / name)
    cache = place / ".cache"
    cache.mkdir()
    load_body_model()
    shutil.copy(body_model_path(), cache)
    steps = re.findall(r"^RUN (.*)$", docker, re.MULTILINE)
    packages, venv, pip, model = (step.replace("/keyfill", str(place)) for step in steps)
    lists = " && rm -rf /var/lib/apt/lists/*"
    assert packages.endswith(lists)
    run("sh", "-c", packages.removesuffix(lists), cwd=place)
    run("sh", "-c", f"PATH={Path(sys.executable).parent}:$PATH; {venv}", cwd=place)
    for old in (place / ".venv").glob("lib/python*/site-packages/*setuptools*"):
        shutil.rmtree(old)  # what builds is downloaded as well
    with_libraries(place / ".venv")
    run("sh", "-c", pip.replace("install ", "install --quiet --no-deps --no-index --no-build-isolation "), cwd=place)
    assert str(cache) in run("sh", "-c", f"KEYFILL_CACHE={cache} {model}", cwd=place)
    program, command = (json.loads(re.search(rf"^{name} (.*)$", docker, re.M)[1]) for name in ("ENTRYPOINT", "CMD"))
    assert "MISSING" not in run(program[0].replace("/keyfill", str(place), 1), *command, cwd=tmp_path)
    assert list(cache.iterdir()) == [cache / body_model_path().name], "built once"
