"""What README and docs say can be done: commands parse, Python runs, paths and config keys are there."""

from __future__ import annotations

import importlib.util
import json
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
from cyclopts import CycloptsError, MissingArgumentError

import keyfill.cli  # noqa: F401  (registers the commands)
from keyfill import api
from keyfill.app import app
from keyfill.schema import keys_of, sections
from pairs.manifest import write_header, write_row
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
WRITTEN = {"config.md", "data.md"}  # from the code itself, each with a test of its own


def fenced(page: Path, *languages: str) -> list[str]:
    return [body for language, body in FENCE.findall(page.read_text(encoding="utf-8")) if language in languages]


def quoted(page: Path) -> list[str]:
    """What stands in backticks outside of the code blocks."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    return [" ".join(found.replace("\\|", "|").split()) for found in re.findall(r"`([^`]+)`", text)]


def tokens(line: str) -> list[str]:
    """A command line without comment, redirection, pipe and the brackets of what may be left out; first of `a|b|c`."""
    line = re.sub(r"(\w)\|[\w|]+", r"\1", line.partition(" #")[0].partition(" > ")[0].partition(" | ")[0])
    return shlex.split(re.sub(r"[\[\]](?![^'\"]*['\"])", "", line))


def commands() -> list[tuple[str, str, bool]]:
    """(page, command line, whether it is whole)."""
    found = []
    for page in PAGES:
        blocks = "\n".join(fenced(page, "", "sh", "bash")).replace("\\\n", " ")
        lines = [line.strip().removeprefix("$ ").removeprefix(".venv/bin/") for line in blocks.splitlines()]
        found += [(page.name, line, True) for line in lines if re.match(r"(keyfill|make|python|pytest) ", line)]
        found += [(page.name, text, False) for text in quoted(page) if re.match(r"(keyfill|make|python|pytest) ", text)]
    return sorted({one for one in found if "..." not in one[1]})


@pytest.mark.parametrize(("page", "line", "whole"), commands(), ids=lambda value: str(value)[:60])
def test_commands_are_those_there_are(page: str, line: str, whole: bool) -> None:
    program, *given = tokens(line)
    if program == "keyfill":
        try:
            app.parse_args(given, exit_on_error=False, print_error=False)
        except MissingArgumentError as error:
            assert not whole, error
        except CycloptsError as error:
            raise AssertionError(f"{page}: {line}: {error}") from None
    elif program == "make":
        makefile = (ROOT / "Makefile").read_text()
        assert all(re.search(rf"^{name}:", makefile, re.MULTILINE) for name in given if "=" not in name), line
    else:
        if given[:2] == ["-m", "pytest"]:
            given = given[2:]
        named = given[1] if given[0] == "-m" else given[0]
        place = ROOT / (named if "/" in named else named.replace(".", "/"))
        path = next((one for one in (place, place.with_suffix(".py")) if one.exists()), None)
        assert path is not None, f"{page}: {line}"
        source = path.read_text(encoding="utf-8") if path.suffix == ".py" and program == "python" else ""
        for option in re.findall(r"(?<= )--[a-z-]+", line) if source else []:
            assert f'"{option}"' in source, f"{page}: {line}: {option}"


@pytest.fixture
def shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`data/pairs` in the current folder: eight clips in one shard."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data" / "pairs"
    write_header(folder, "pairs", {})
    config = api.load_config({"degrade": {"first": {"jpeg": {}}, "delivery": {"drop": {}}}})
    samples = []
    for number in range(8):
        frames = np.full((4, 16, 16, 3), 20 * number, np.uint8)
        key = f"clip-{number:06d}-light-00"
        info = {"key": key, "split": "train", "fps": 10, "frames": 4, "width": 16, "height": 16}
        info["degrade"] = api.draw_degradation(config, key, frames, 10.0).to_json()
        videos = {"source.mkv": encode_lossless(frames, 10), "target.mkv": encode_lossless(frames, 10)}
        samples.append(Sample(key, {"json": json.dumps(info).encode(), **videos}))
    write_row(folder, write_shard(folder / "train-000000.tar", samples))
    return tmp_path


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if fenced(page, "python")], ids=lambda page: page.stem)
def test_python_in_the_docs_runs(page: Path, shards: Path) -> None:
    import datasets
    import webdataset

    names = {"rank": 0, "ranks": 1, "webdataset": webdataset, "datasets": datasets, "__name__": "__docs__"}
    for block in fenced(page, "python"):
        # workers would import a script's main module, and there is none here
        code = re.sub(r"num_workers=\d+, persistent_workers=True", "num_workers=0", block)
        exec(compile(code, str(page), "exec"), names)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_and_paths_are_there(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!http|#)([^)#]+)", text):
        assert (page.parent / target).exists(), f"{page.name}: link to {target}"
    if page.name in WRITTEN:
        return
    folders = {path.name for path in ROOT.iterdir() if path.is_dir()} - {"out", "build", "dist"}
    for named in quoted(page):
        if named.partition("/")[0] in folders and re.fullmatch(r"[\w.-]+/[\w./-]*", named):
            assert (ROOT / named).exists(), f"{page.name}: {named}"


def test_config_keys_in_the_docs_are_keys() -> None:
    known = {path for path, *_ in keys_of(sections()["run"])}
    for page in PAGES:
        for named in quoted(page):
            key = named.partition(":")[0].partition("=")[0]
            if re.fullmatch(r"(scenes|render|degrade|gate|farm|shards|train)(\.[a-z_0-9]+)+", key):
                module = importlib.util.find_spec(key.partition(".")[0]) is not None and _is_module(key)
                assert key in known or module or key.endswith((".py", ".yaml")), f"{page.name}: {named}"


def _is_module(dotted: str) -> bool:
    place = ROOT.joinpath(*dotted.split("."))
    return place.is_dir() or any(path.with_suffix(".py").is_file() for path in (place, place.parent))


def test_the_table_of_imports_is_the_one_that_is_tested() -> None:
    spec = importlib.util.spec_from_file_location("import_rules", ROOT / "tests" / "test_imports.py")
    assert spec is not None and spec.loader is not None
    rules = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(rules)
    table = {}
    for line in (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").splitlines():
        if found := re.match(r"\| `(\w+)` \| .* \| ([^|]+) \|$", line):
            table[found[1]] = set(rules.OURS) if found[2] == "all" else set(re.findall(r"`(\w+)`", found[2]))
    assert table == rules.ALLOWED
