"""A config that is wrong gives one line with file, line, column and key, and exit code 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from subprocess import PIPE

import pytest

from core.errors import InputError
from keyfill.cli import main
from keyfill.run_config import RunConfig, load_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda p: p.stem)
def test_every_preset_loads(path: Path) -> None:
    assert isinstance(load_run(path), RunConfig)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("scenes:\n  hight: 144\n", ":2:3: scenes.hight: unknown key; did you mean height?"),
        ("seed: twelve\n", ":1:1: seed: expected a valid integer, got text 'twelve'"),
        (
            "degrade: {seed: 3}\n",
            ":1:11: degrade.seed: unknown key; seed stands at the top of the config, ",
        ),
        ("seed: -1\n", ":1:1: seed: expected greater than or equal to 0, got -1"),
        ("seed: 1\nseed: 2\n", ":2:1: seed: given twice; first at line 1"),
        ("train:\n  steps: 1.5\n", ":2:3: train.steps: expected a valid integer, got a number 1.5"),
        ("scenes: [1]\n", ":1:1: scenes: "),
        ("train: {method: {name: curvs}}\n", "train.method: expected 'curves', 'zeng', 'light_field', 'lut_field', "),
        ("train: {method: {name: light_field, widht: 3}}\n", "train.method.widht: unknown key; did you mean width?"),
        ("train: {method: {name: zeng, loss: {subjct: 3}}}\n", "train.method.loss.subjct: unknown key; did you mean"),
        ("train: {method: 3}\n", "train.method: expected a mapping, got a whole number 3"),
        ("degrade: {first: {jpeg: {quality: }}}\n", "first.jpeg.quality: expected a list, got nothing\n"),
        ("degrade: {first: {jpeg: {quality: [50]}}}\n", "quality.1: missing; the list needs more than 1 value\n"),
        ("- 1\n", ":1:1: expected a mapping"),
        ("seed: !!python/object/apply:os.system [ls]\n", "python/object"),
        ("seed: .inf\n", ":1:7: .inf is not a finite number"),
        ("a: &a [1]\nb: *a\n", ":2:4: aliases"),
        ("seed: [1\n", "not valid YAML"),
        ("seed: " + "[" * 50_000, "levels deep"),
    ],
)
def test_message_names_the_place(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, expected: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    out = tmp_path / "out"
    assert main(["run", str(path), "--out", str(out)]) == 2
    message = capsys.readouterr().err
    assert message.startswith(f"keyfill: {path}") and expected in message
    assert message.count("\n") == 1
    assert not out.exists()


def test_every_mistake_has_a_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One run of the command tells all: keys, values, missing keys, a section's own file; a union's value once."""
    path, section = tmp_path / "mine.yaml", tmp_path / "webcam.yaml"
    section.write_text("severity: 2\nfirst:\n  jpeg: {quality: none}\n")
    path.write_text("seed: -1\nscenes:\n  hight: 144\n  fps: fast\ndegrade: webcam.yaml\ntrain: {steps: 1.5}\n")
    assert main(["plan", str(path), "--set", "render.samples=few"]) == 2
    lines = capsys.readouterr().err.splitlines()
    told = [
        f"{path}:1:1: seed: expected greater than or equal to 0, got -1",
        f"{path}:4:3: scenes.fps: ",
        f"{path}:3:3: scenes.hight: unknown key; did you mean height?",
        "--set render.samples=few: render.samples: ",
        f"{section}:1:1: degrade.severity: ",
        f"{section}:3:10: degrade.first.jpeg.quality",
        f"{path}:6:9: train.steps: expected a valid integer",
    ]
    for line, start in zip(lines, told, strict=True):
        assert line.startswith(f"keyfill: {start}")


@pytest.mark.parametrize(
    ("text", "sets", "starts"),
    [
        ("seed: 1\nseed: 2\nscenes:\n  fps: .nan\n  fps: 10\n", (), (":2:1: seed", ":4:8: .nan", ":5:3: scenes.fps")),
        ("seed: 1\n", ("seed", "scenes.=2"), ("--set seed:", "--set scenes.=2:")),
    ],
    ids=["in the file", "in --set"],
)
def test_every_mistake_of_the_words_has_a_line(
    tmp_path: Path, text: str, sets: tuple[str, ...], starts: tuple[str, ...]
) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_run(path, sets)
    lines = str(caught.value).replace(str(path), "").splitlines()
    assert len(lines) == len(starts) and all(map(str.startswith, lines, starts)), lines


def test_override_is_checked_like_the_file(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("seed: 3\n")
    assert load_run(path, ["seed=7"]).seed == 7
    with pytest.raises(InputError, match=r"--set scenes\.height=tall: scenes\.height: expected a valid integer"):
        load_run(path, ["scenes.height=tall"])


def test_missing_config(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["plan", str(tmp_path / "none.yaml")]) == 2
    assert "none.yaml: no such file" in capsys.readouterr().err


def test_missing_room_folder(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert (
        main(["run", str(ROOT / "configs" / "quick.yaml"), "--out", str(out), "--set", "scenes.rooms=/no/such/rooms"])
        == 2
    )
    assert "/no/such/rooms" in capsys.readouterr().err


def test_output_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert main(["run", str(ROOT / "configs" / "quick.yaml"), "--out", str(blocked / "out")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_jobs_of_an_array_that_begin_together_do_not_refuse_each_other(tmp_path: Path) -> None:
    """Real processes, that begin to ask for the same new folder at the same moment and ask many times."""
    out = tmp_path / "deep" / "out"
    ask = (
        "import sys, time; from pathlib import Path; from keyfill.run_config import require_writable\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for _ in range(300): require_writable(Path(sys.argv[1]))"
    )
    command = [sys.executable, "-c", ask, str(out)]
    jobs = [subprocess.Popen(command, cwd=ROOT, stdin=PIPE, stdout=PIPE, stderr=PIPE, text=True) for _ in range(4)]
    for job in jobs:
        assert job.stdout.readline() == "ready\n"
    for job in jobs:
        job.stdin.write("go\n")
        job.stdin.flush()
    assert [job.communicate()[1] for job in jobs] == [""] * 4
    assert not list(tmp_path.iterdir())


def test_unknown_option_is_bad_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "configs/quick.yaml", "--outt", "x"]) == 2
    assert capsys.readouterr().err.startswith("keyfill: ")
