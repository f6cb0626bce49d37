"""Every command explains itself and answers a mistake with one line and exit code 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from keyfill.app import app
from keyfill.cli import main
from pairs.manifest import write_header

ROOT = Path(__file__).resolve().parents[2]
QUICK = str(ROOT / "configs" / "quick.yaml")
COMMANDS = sorted(name for name in app if not name.startswith("-"))
DESIGN = {
    "run", "doctor", "plan", "render", "degrade", "verify", "status", "preview", "train", "evaluate", "export",
    "enhance", "convert", "score", "rank", "study", "cube", "schema", "relight",
}  # fmt: skip


def test_every_promised_command_is_there() -> None:
    assert set(COMMANDS) >= DESIGN


@pytest.mark.parametrize("name", COMMANDS)
def test_help_says_what_it_does_with_an_example(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--help"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert f"Usage: keyfill {name}" in printed
    if name != "doctor":
        assert "xample" in printed and f"keyfill {name} " in printed.split("xample", 1)[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_only_what_reads_a_config_takes_overrides(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """An override that could have no effect is a mistake and not passed over."""
    assert main([name, "--help"]) == 0
    offered = "--set" in capsys.readouterr().out
    assert offered is (name in {"run", "render", "relight", "rooms", "plan", "degrade", "train", "preview", "teach"})


@pytest.mark.slow
def test_a_device_that_is_not_there_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Never a silent run on the CPU."""
    out = tmp_path / "out"
    assert main(["render", QUICK, "--out", str(out), "--set", "render.device=metal"]) == 2
    assert "no metal device" in capsys.readouterr().err
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["rnder", QUICK, "--out", "{out}"], "rnder"),
        (["render", QUICK], "--out"),
        (["render", QUICK, "--out", "{out}", "--wokers", "2"], "--wokers"),
        (["render", QUICK, "--out", "{out}", "--workers", "two"], "two"),
        (["render", QUICK, "--out", "{out}", "--workers", "0"], "--workers 0"),
        (["render", QUICK, "--out", "{out}", "--shard-index", "3"], "--num-shards"),
        (["render", QUICK, "--out", "{out}", "--shard-index", "4", "--num-shards", "4"], "4"),
        (["render", QUICK, "--out", "{out}", "--set", "scenes.wdth=64"], "wdth"),
        (["render", QUICK, "--out", "{out}", "--set", "nonsense"], "nonsense"),
        (["degrade", "{empty}", "--config", QUICK, "--out", "{out}"], "{empty}"),
        (["degrade", "{empty}", "--out", "{out}"], "--config"),
        (["train", "{empty}", "--config", QUICK, "--out", "{out}"], "{empty}"),
        (["evaluate", "{empty}", "{empty}"], "{empty}"),
        (["export", "{empty}", "--out", "{out}/m.mlpackage"], "{empty}"),
        (["preview", "{empty}", "--out", "{out}"], "{empty}"),
        (["verify", "{empty}"], "{empty}"),
        (["status", "{empty}"], "{empty}"),
        (["status", "{empty}", "--set", "seed=1"], "--set"),
        (["convert", "{empty}", "--to", "frames", "--out", "{out}"], "{empty}"),
        (["enhance", "{empty}/none.mp4", "{out}.mp4"], "none.mp4"),
    ],
    ids=lambda value: " ".join(value[:1]) if isinstance(value, list) else "",
)
def test_a_mistake_is_one_line(
    arguments: list[str], named: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty, out = tmp_path / "empty", tmp_path / "out"
    empty.mkdir()
    filled = [text.replace("{out}", str(out)).replace("{empty}", str(empty)) for text in arguments]
    assert main(filled) == 2
    message = capsys.readouterr().err
    assert message.startswith("keyfill: ") and message.count("\n") == 1, message
    assert named.replace("{empty}", str(empty)) in message
    assert not [path for path in out.rglob("*") if path.is_file()] and not list(empty.iterdir())


def test_asking_where_a_run_stands_loads_nothing_heavy(tmp_path: Path) -> None:
    """A status is asked often; reading configs, arrays and drawing bars take longer to load than it takes to answer."""
    write_header(tmp_path, "clean", {})
    heavy = "numpy scipy pandas torch cv2 pydantic yaml rich.console rich.progress"
    ask = (
        "import sys; from keyfill.cli import main; code = main(sys.argv[1:]);"
        f"loaded = [name for name in {heavy.split()} if name in sys.modules];"
        "sys.exit(f'loaded: {loaded}' if loaded else code)"
    )
    asked = subprocess.run(
        [sys.executable, "-c", ask, "status", str(tmp_path)], cwd=ROOT, capture_output=True, text=True
    )
    assert asked.returncode == 0, asked.stderr
    assert "0 of 0" in asked.stdout


def test_a_reader_that_has_seen_enough_is_no_error() -> None:
    """`keyfill degrade --schema | head -1`."""
    command = [sys.executable, "-m", "keyfill", "degrade", "--schema"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        assert child.stdout.read(1) == b"{"
        child.stdout.close()
        assert (child.wait(60), child.stderr.read()) == (0, b"")


@pytest.mark.parametrize("name", ["degrade", "train"])
def test_a_wrong_input_leaves_no_empty_output_folder(tmp_path: Path, name: str) -> None:
    out = tmp_path / "deep" / "out"
    assert main([name, str(tmp_path / "none"), "--config", QUICK, "--out", str(out)]) == 2
    assert not out.parent.exists()


def test_debug_shows_where_it_failed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(tmp_path / "none"), "--debug"]) == 2
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback") and "InputError" in shown and "pairs/verify.py" in shown, shown
    assert shown.splitlines()[-1].startswith("keyfill: ")


def test_files_of_the_current_folder_are_not_taken_for_ours(tmp_path: Path) -> None:
    """`python -m keyfill` beside a script called score.py, the usual name of a scoring script."""
    for name in ("score.py", "core.py", "pairs.py"):
        (tmp_path / name).write_text("raise SystemExit('the wrong one')\n")
    command = [sys.executable, "-m", "keyfill", "score", "."]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "metrics_supervised.csv: no such file" in done.stderr
