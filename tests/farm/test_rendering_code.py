"""A clip's identity follows what the rendering code does: not its comments, and what is made can be kept on purpose."""

import shlex
from pathlib import Path

import pytest

from keyfill import stages
from keyfill.config import load_run
from keyfill.rendering_code import code_digest
from pairs.manifest import write_header

CONFERENCE = Path(__file__).resolve().parents[2] / "configs" / "conference.yaml"
PLAIN = 'def area(side):\n    """Square metres."""\n    return side * side\n'


@pytest.fixture
def digest(tmp_path):
    """The digest of a tree with these files."""

    def of(name, **files):
        root = tmp_path / name
        for path, text in {"scenes/a.py": PLAIN, "render/blender/b.py": PLAIN, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return code_digest(root)

    return of


def test_only_what_the_code_does_counts(digest):
    base = digest("base")
    rewritten = '# A note.\ndef area(\n    side,\n):\n    """In words."""\n\n    return (side * side)\n'
    assert digest("words", **{"scenes/a.py": rewritten}) == base
    assert digest("elsewhere", **{"farm/c.py": PLAIN, "tests/render/d.py": PLAIN, "render/config.py": PLAIN}) == base
    changed = [
        digest("number", **{"render/blender/b.py": PLAIN.replace("side * side", "side * 2")}),
        digest("text", **{"scenes/a.py": PLAIN.replace("side * side", 'side * "2"')}),
        digest("new", **{"render/c.py": PLAIN}),
        digest("colour", **{"pairs/colour.py": PLAIN}),
    ]
    assert len({base, *changed}) == 5


def identities(*sets):
    config = load_run(CONFERENCE, ["scenes.train_clips=2", "scenes.test_clips=0", *sets])
    return [clip.identity for clip in stages.planned_clips(config)]


def test_other_code_makes_other_clips_unless_told_to_go_on(monkeypatch):
    before = identities()
    own = code_digest()
    monkeypatch.setattr(stages, "code_digest", lambda: "0123456789ab")
    assert not set(identities()) & set(before)
    assert identities(f"farm.code={own}") == before


def test_other_code_is_told_before_anything_is_made_anew(monkeypatch, tmp_path, capsys):
    made = []
    monkeypatch.setattr(stages, "produce", lambda *clips, **options: made.append(capsys.readouterr().err))
    config = load_run(CONFERENCE, ["scenes.train_clips=1", "scenes.test_clips=0"])
    write_header(tmp_path, "clean", {"versions": {"code": code_digest()}})
    stages.render_stage(config, tmp_path, stages.Where(), quiet=True)
    assert made.pop() == ""
    for code in ("0123456789ab", "012345678901", "1234567890e1", "12e456789012"):
        write_header(tmp_path, "clean", {"versions": {"code": code}})
        stages.render_stage(config, tmp_path, stages.Where(), quiet=True)
        option, override = shlex.split(made.pop().split("what is there: ")[1])  # as a shell reads what is printed
        assert option == "--set"
        kept = load_run(CONFERENCE, [override, "scenes.train_clips=1", "scenes.test_clips=0"])
        stages.render_stage(kept, tmp_path, stages.Where(), quiet=True)
        assert made.pop() == ""
