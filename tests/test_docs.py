"""What README and docs say can be done: every code block is run or parsed by one of these tests, paths and config keys
are there."""

from __future__ import annotations

import importlib.util
import re
import shlex
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from cyclopts import CycloptsError, MissingArgumentError

import keyfill.cli
from core.config import parse_text, validate
from core.footage.pictures import write_picture
from core.footage.writer import write_video
from degrade.chain import versions
from degrade.config import DegradeConfig
from degrade.params import DegradeRecord
from keyfill import api
from keyfill.app import app
from keyfill.run_config import RunConfig
from keyfill.schema import keys_of, sections
from pairs.manifest import write_header, write_row
from pairs.members import MEMBERS
from pairs.record import SampleInfo, SamplesPerPixel, sample_json
from pairs.shards import Sample, write_shard
from pairs.video import encode_lossless
from render.config import RenderConfig
from scenes.config import ScenesConfig
from scenes.draw import draw_scene
from scenes.rooms.source import _with_sidecar
from score.preference.simulated_votes import Crowd, simulate_votes
from score.preference.votes import write_votes
from train_baseline import run_folder
from train_baseline.config import TrainConfig
from train_baseline.methods.make import make_method

VIDEOS = ("source", "target", "mask")
ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = r"(keyfill|make|python|pytest|docker|apptainer) "
IMAGE = {"docker": ("build", "run"), "apptainer": ("build", "run")}
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
        blocks = "\n".join(fenced(page, "sh")).replace("\\\n", " ")
        lines = [line.strip().removeprefix("$ ").removeprefix(".venv/bin/") for line in blocks.splitlines()]
        found += [(page.name, line, True) for line in lines if re.match(PROGRAMS, line)]
        found += [(page.name, text, False) for text in quoted(page) if re.match(PROGRAMS, text)]
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
    elif program in IMAGE:
        assert given[0] in IMAGE[program], line
        for image in (word for word in given[1:] if word.startswith("keyfill") and given[0] == "run"):
            app.parse_args(given[given.index(image) + 1 :], exit_on_error=False, print_error=False)
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


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_of_a_kind_that_is_tested(page: Path) -> None:
    """`text` is what a program printed or a drawing; everything else is run or parsed here."""
    text = page.read_text(encoding="utf-8")
    assert {language for language, _ in FENCE.findall(text)} <= {"sh", "python", "yaml", "text"}
    assert not re.findall(r"\n\n {4}\S.*", FENCE.sub("", text)), "a block without fences: no test would look at it"
    for line in "\n".join(fenced(page, "sh")).replace("\\\n", " ").splitlines():
        assert not line.strip() or re.match(rf"(\.venv/bin/)?{PROGRAMS}", line), line


@pytest.mark.parametrize("page", [page for page in PAGES if fenced(page, "yaml")], ids=lambda page: page.stem)
def test_yaml_in_the_docs_is_taken(page: Path, tmp_path: Path) -> None:
    for block in fenced(page, "yaml"):
        data, places = parse_text(block, page.name)
        if "licence" in data:
            (tmp_path / "NAME.yaml").write_text(block)
            assert _with_sidecar(tmp_path / "NAME.hdr").licence == data["licence"]
        else:
            kind = DegradeConfig if set(data) <= set(DegradeConfig.model_fields) else RunConfig
            validate(data, kind, places, page.name)


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `configs`, and eight clips in one shard each in `data/clean` and `data/pairs`, with records as the
    renderer writes them."""
    here = tmp_path_factory.mktemp("docs")
    (here / "configs").symlink_to(ROOT / "configs")
    config = api.load_config({"degrade": {"first": {"jpeg": {}}, "delivery": {"drop": {}}}})
    for kind in ("clean", "pairs"):
        folder, samples = here / "data" / kind, []
        write_header(folder, kind, {})
        for number in range(8):
            frames = np.full((4, 16, 16, 3), 20 * number, np.uint8)
            scene = draw_scene(ScenesConfig(frames=4, fps=10, width=16, height=16), 0, number)
            key = scene.lightings[0].key
            info = SampleInfo(
                key=key,
                clip=scene.clip,
                split="train" if number < 7 else "test",
                fps=10,
                frames=4,
                width=16,
                height=16,
                scene=scene.to_json(),
                lighting=asdict(scene.lightings[0]),
                exposure={"source": 1.0, "target": 1.0},
                samples=SamplesPerPixel(room=1, studio=1),
                render=RenderConfig().model_dump(mode="json", exclude={"device", "threads"}),
                assets=tuple(asdict(asset) for asset in scene.assets),
            ).to_json()
            if kind == "pairs":
                info["degrade"] = DegradeRecord.of(api.draw_degradation(config, key, frames, 10.0))
                info["degrade_versions"] = versions()
            videos = {f"{name}.mkv": encode_lossless(frames, 10, MEMBERS[name].content) for name in VIDEOS}
            samples.append(Sample(key, {"json": sample_json(info), **videos}))
        write_row(folder, write_shard(folder / "train-000000.tar", samples))
    return here


@pytest.fixture
def shards(written: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(written)
    return written


CHEAP = r"keyfill (schema|status|convert|render|plan (?!.*(--measure|--like)))"
"""What is run as it stands; a render only as far as `--dry-run`."""


def test_cheap_commands_do_what_they_say(shards: Path, capsys: pytest.CaptureFixture[str]) -> None:
    about = re.compile(r"data/(clean|pairs)|configs/|schema \w")
    lines = {line for _, line, _ in commands() if re.match(CHEAP, line) and about.search(line)}
    lines = {line for line in lines if not re.search(r"data/checkpoint|[A-Z]{4}", line.partition("#")[0])}
    assert len(lines) > 10
    for line in sorted(lines):
        words = tokens(re.sub(r"\[.*?\]", "", line))[1:]
        if words[0] == "render":  # as into a folder of its own: what is in the other is of another config
            words = [word.replace("data/clean", "data/new") for word in words]
        # rooms of our own take hours to make
        few = [w for one in ("rooms=bpy", "train_clips=2", "test_clips=0") for w in ("--set", f"scenes.{one}")]
        code = keyfill.cli.main([*words, *{"render": [*few, "--dry-run"], "plan": few}.get(words[0], [])])
        said = capsys.readouterr()
        assert code == 0 and (said.out or "--shard-index" in words), (line, said.err)


@pytest.fixture(scope="module")
def bench(written: Path) -> Path:
    """Beside the shards all that the docs' commands name, as small as it can be."""
    config = TrainConfig(grid=2, matte=False)
    record = {"fingerprint": "", "config": config.model_dump(mode="json"), "facts": {"steps": 0, "seconds": 0.0}}
    for run in ("RUN", "runs/first"):
        (written / run).mkdir(parents=True)
        run_folder.save_checkpoint(written / run / "checkpoint.npz", record, make_method(config.method, 0).state_dict())
        (written / run / "config.json").write_text("{}")
    for name in ("PAIRS", "CLEAN"):
        (written / name).symlink_to(written / "data" / name.lower())
    frames = [np.full((36, 64, 3), 40 + number, np.uint8) for number in range(5)]
    videos = ["call.mp4", "in.mp4", "me.mp4", "A.mp4", "B.mp4", "enhanced.mp4", "target.mp4"]
    videos += [f"{folder}/a.mp4" for folder in ("enhanced", "targets")]
    videos += [f"videos/{method}/{clip}.mp4" for method in ("target", "input") for clip in "abc"]
    for name in videos:
        (written / name).parent.mkdir(parents=True, exist_ok=True)
        write_video(written / name, frames, 25)
    for name in ("pictures/1.png", "pictures/2.png", "me.jpg"):
        (written / name).parent.mkdir(exist_ok=True)
        write_picture(written / name, frames[0])
    (written / "votes").mkdir()
    write_votes(written / "votes" / "v.csv", simulate_votes({"a": 0.5, "b": 0.0}, Crowd(9, 10, 24), 0))
    (written / "s_obj.csv").write_text("method,s_obj\na,1\nb,2\n")
    return written


SMALL = {
    r"enhance (?!.*(--restore|/dev/|runs/|NAME))": "--crf 40",
    r"cube ": "",
    r"compare |evaluate [AB]\.mp4": "--no-vmaf",
    r"evaluate (RUN|runs/first) (PAIRS|CLEAN|data/pairs)(?!.*ZENG)": "--no-vmaf",
    r"degrade .*--replay": "",
    r"degrade (data/clean|me.mp4)(?!.*CONFIG)": "--set codec=null",
    r"inspect (preview|report) \w": "--count 1 --set codec=null",
    r"preview data/pairs": "",
    r"export \S+ --out model.onnx": "",
    r"rank ": "",
    r"study ": "--raters 3 --votes-per-rater 4",
}
"""Commands (as regular expressions) that are run on small things, with what makes them smaller still."""
HELD = {
    "enhance .*/dev/": "train_baseline/test_enhance.py::test_a_webcam_runs_until_interrupted_and_its_file_is_whole",
    "enhance .*--restore": "train_baseline/test_restore.py::test_it_stands_behind_a_method_on_a_video",
    "enhance runs/clut_unet|enhance --method NAME": "train_baseline/test_packaged.py::test_the_default_comes_first",
    "evaluate .*--real": "keyfill/test_real_evaluation.py::test_shards_and_videos_give_the_same",
    "evaluate .*--re": "train_baseline/test_restore.py::test_it_is_measured_behind_a_method_beside_that_method_alone",
    "evaluate .*--against": "train_baseline/test_evaluate.py::test_command_prints_the_table",
    "export .*mlpackage": "train_baseline/test_export.py::test_core_ml_in_portrait_with_its_parts",
    "export .*onnx": "train_baseline/test_export.py::test_onnx_gives_what_the_model_gives",
    "convert .*(exr|olat)": "pairs/test_exr_layouts.py::test_olat_is_a_picture_a_light_and_one_folder_a_clip",
    "convert data/real": "ingest/test_challenge.py::test_the_layout",
    "degrade .*CONFIG": "degrade/test_own.py::test_a_whole_video_is_degraded_and_keeps_times_sound_and_title",
    "ingest ": "ingest/test_folder.py::test_the_command",
    "inspect import ": "degrade/test_foreign.py::test_the_published_options_give_the_published_preset",
    "doctor": "keyfill/test_installed.py::test_the_wheel_is_whole",
    "judge ": "score/learned/test_judging.py::test_videos_pictures_and_folders",
    "teach .*--votes": "score/learned/test_teaching.py::test_votes_move_the_weights_to_what_people_mind",
    "teach ": "score/learned/test_teaching.py::test_the_same_input_gives_the_same_judge_also_after_a_kill",
    "methods": "train_baseline/test_methods.py::test_the_list_of_methods_says_sizes_and_what_core_ml_takes",
    "plan .*--like": "farm/test_commands.py::test_a_plan_from_shards_that_are_there_is_what_they_took",
    "plan .*--measure": "farm/test_real_renderer.py::test_a_plan_measured_now_counts_from_a_real_frame",
    "preview data/real|verify data/real": "ingest/test_folder.py::test_the_command",
    "relight ": "render/test_kept_layers.py::test_relight_makes_shards_like_any_other",
    "render .*--recheck": "farm/test_produce_faults.py::test_damaged_shards_are_found_and_made_again",
    "render ": "farm/test_real_renderer.py::test_the_gate_sets_a_real_render_aside_with_its_reasons",
    "rooms ": "render/test_panorama.py::test_a_room_is_made_once_and_alike",
    "run ": "keyfill/test_whole_run.py::test_prints_the_table_and_every_place",
    "score ": "score/test_score_commands.py::test_a_submission_is_scored",
    "verify ": "farm/test_commands.py::test_verify_says_all_is_well_or_what_is_not",
    "train ": "train_baseline/test_train.py::test_learns_a_known_light_on_clips_it_has_not_seen",
    "convert |status |schema|plan ": "test_docs.py::test_cheap_commands_do_what_they_say",
}
"""Other commands, and the test that does what they say on something small."""
OTHER = {
    "make [a-z-]+$": "test_docs.py::test_make_has_the_steps_of_a_target",
    "python benchmarks/": "test_benchmarks.py::test_a_benchmark_runs",
    r"python -m scenes\.body\.body_model$": "test_docs.py::test_the_body_model_is_there_or_built",
    r"python -m keyfill\.config_page": "keyfill/test_schema.py::test_the_page_of_all_keys_is_the_present_one",
    r"python -m keyfill\.data_page": "keyfill/test_data_page.py::test_the_page_and_the_schema_are_those_of_the_code",
    "python -m keyfill$": "keyfill/test_installed.py::test_the_wheel_is_whole",
    "(docker|apptainer) build ": "keyfill/test_installed.py::test_the_steps_of_the_images_run",
    "docker run .* doctor$": "keyfill/test_container.py::test_what_is_short_is_said_before_anything_starts",
    "(docker|apptainer) run .* render ": "keyfill/test_container.py::test_a_clip_is_rendered",
    "(python -m )?pytest tests/": "test_docs.py::test_commands_are_those_there_are",
}
"""Commands of other programs, and the test that holds them. A container's are held by the steps of its file, run where
no engine is, and by what runs under a container's conditions; of `pytest` the paths are looked up (this is it)."""


@pytest.mark.slow
def test_commands_do_what_they_say_on_something_small(
    bench: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each in a folder of its own that shows the bench, and writes where the docs say."""
    smaller = lambda line: next((more for kind, more in SMALL.items() if re.match(f"keyfill ({kind})", line)), None)
    done = {line: smaller(line) for _, line, whole in commands() if whole and smaller(line) is not None}
    assert len(done) > 20
    for number, (line, more) in enumerate(sorted(done.items())):
        words, here = tokens(re.sub(r"--workers \d", "--workers 1", line))[1:], tmp_path / str(number)
        for path in (*bench.iterdir(), *(bench / "data").iterdir(), *(bench / "runs").iterdir()):
            if path.name not in ("data", "runs"):
                (here / path.relative_to(bench)).parent.mkdir(parents=True, exist_ok=True)
                (here / path.relative_to(bench)).symlink_to(path)
        if "--out" in words:
            (here / words[words.index("--out") + 1]).unlink(missing_ok=True)
        monkeypatch.chdir(here)
        code = keyfill.cli.main([*words, *more.split(), "--quiet"])
        said = capsys.readouterr()
        assert code == 0 and said.out, (line, said.err)


def test_every_command_is_run_or_held_by_a_test() -> None:
    for page, line, whole in commands():
        if line.startswith("keyfill "):
            known = not whole or any(re.match(kind, line.removeprefix("keyfill ")) for kind in (*SMALL, *HELD))
        else:
            known = any(re.match(kind, line.partition(" #")[0].strip()) for kind in OTHER)
        assert known, f"{page}: {line}: no test runs it: SMALL, HELD and OTHER say which does"
    for test in (*HELD.values(), *OTHER.values()):
        file, name = test.split("::")
        assert f"def {name}(" in (ROOT / "tests" / file).read_text(encoding="utf-8"), test


def test_make_has_the_steps_of_a_target() -> None:
    """What they print is what they would run: `make test` is what runs this."""
    targets = {word for _, line, _ in commands() if line.startswith("make ") for word in tokens(line)[1:]}
    assert {"setup", "demo", "test", "test-fast", "lint", "types"} <= targets
    for target in sorted(targets):
        would = subprocess.run(["make", "-n", target], cwd=ROOT, capture_output=True, text=True)
        assert would.returncode == 0 and would.stdout, (target, would.stderr)
        for program in re.findall(r"^\.venv/bin/(?:python -m )?(\w+)", would.stdout, re.MULTILINE):
            assert (ROOT / ".venv" / "bin" / program).exists() or importlib.util.find_spec(program), (target, program)


@pytest.mark.slow
def test_the_body_model_is_there_or_built() -> None:
    command = [sys.executable, "-m", "scenes.body.body_model"]
    assert "body model: " in subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if fenced(page, "python")], ids=lambda page: page.stem)
def test_python_in_the_docs_runs(page: Path, shards: Path) -> None:
    names = {"rank": 0, "ranks": 1, "__name__": "__docs__"}
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


def test_every_trouble_has_a_test_that_is_there() -> None:
    rows = [
        line
        for line in (ROOT / "docs" / "troubles.md").read_text().splitlines()
        if line.startswith("| ") and "`tests/" in line
    ]
    assert len(rows) > 40
    for row in rows:
        place = ""
        for name in re.findall(r"`((?:tests/|::)[^`]+)`", row):
            place, _, test = (name if name.startswith("tests/") else place + name).partition("::")
            text = (ROOT / place).read_text()
            assert not test or re.search(rf"^ *(?:async )?def {re.escape(test)}", text, re.M), name
