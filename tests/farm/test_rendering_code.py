"""A clip's identity follows what the rendering code does: not its comments, and what is made can be kept on purpose."""

import shlex
from pathlib import Path

import pytest

from core.errors import InputError
from farm.config import FarmConfig
from farm.produce import intended, produce
from keyfill import clips as stages
from keyfill.rendering_code import code_digest, rendering_modules
from keyfill.run_config import load_run
from pairs.manifest import write_header

CONFERENCE = Path(__file__).resolve().parents[2] / "configs" / "conference.yaml"
PLAIN = 'def area(side):\n    """Square metres."""\n    return side * side\n'


STARTED = {name: "" for name in ("render/clip.py", "render/blender/main.py", "render/blender/subject.py")}
TREE = {
    **STARTED,
    "render/clip.py": "from render.light import level\nfrom render.config import RenderConfig\n",
    "render/light.py": "def level(side):\n    from scenes.people.body import area\n    return area(side)\n",
    "render/config.py": PLAIN,
    "render/blender/main.py": "import render.blender.paint\n",
    "render/blender/paint.py": PLAIN,
    "render/faces.py": PLAIN,
    "scenes/__init__.py": "",
    "scenes/draw.py": PLAIN,
    "scenes/people/body.py": "from core import colour\n" + PLAIN,
    "core/colour.py": PLAIN,
}


@pytest.fixture
def digest(tmp_path):
    """The digest of a tree with these files changed."""

    def of(name, **files):
        root = tmp_path / name
        for path, text in {**TREE, **files}.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)
        return code_digest(root)

    return of


def test_what_a_rendering_process_imports_counts_wherever_it_lies(digest):
    base, twice = digest("base"), PLAIN.replace("side * side", "side * 2")
    changed = [
        digest("child", **{"render/blender/paint.py": twice}),
        digest("inside a function, in a subfolder", **{"scenes/people/body.py": "from core import colour\n" + twice}),
        digest("by its package's name", **{"core/colour.py": twice}),
        digest("package", **{"scenes/__init__.py": "SIDE = 2\n"}),
        digest("text", **{"core/colour.py": PLAIN.replace("side * side", 'side * "2"')}),
        digest("data", **{"scenes/skins/one.webp": "RIFF"}),
    ]
    assert len({base, *changed}) == 7


def test_what_no_rendering_process_imports_does_not_count(digest):
    base = digest("base")
    for path in ("render/faces.py", "scenes/draw.py", "render/config.py", "farm/c.py", "tests/render/d.py"):
        assert digest(f"other {path}", **{path: "SIDE = 3\n"}) == base, path


def test_only_what_the_code_does_counts(digest):
    base = digest("base")
    rewritten = '# A note.\ndef area(\n    side,\n):\n    """In words."""\n\n    return (side * side)\n'
    assert digest("words", **{"core/colour.py": rewritten}) == base
    command = '\n\nif __name__ == "__main__":\n    print(area(2))\n'
    assert digest("command", **{"core/colour.py": PLAIN + command}) == base
    assert digest("started", **{"render/clip.py": TREE["render/clip.py"] + command}) != base
    said = "def area(side):\n    if side < 0:\n        raise ValueError({!r})\n    return side * side\n"
    assert digest("one", **{"core/colour.py": said.format("bad")}) == digest(
        "two", **{"core/colour.py": said.format("under 0")}
    )


def test_our_own_rendering_code_is_what_its_processes_load():
    """Of our tree: the person's build counts, what only draws, plans or measures does not."""
    names = set(rendering_modules())
    loaded = {"render.clip", "render.blender.cycles", "scenes.build", "scenes.hair.grow", "core.colour", "pairs.video"}
    assert loaded <= names
    apart = {"render.blender.reference", "render.device", "render.blender.probe", "scenes.scene_stats"}
    drawn = {"scenes.draw", "scenes.person", "scenes.hair.draw", "scenes.motion.draw", "scenes.rooms.source"}
    assert not names & (apart | drawn | {"keyfill.cli", "degrade.chain"})


def identities(*sets):
    config = load_run(CONFERENCE, ["scenes.rooms=bpy", "scenes.train_clips=2", "scenes.test_clips=0", *sets])
    return [clip.identity for clip in stages.planned_clips(config)]


def test_other_code_makes_other_clips_unless_told_to_go_on(monkeypatch):
    before = identities()
    own = code_digest()
    monkeypatch.setattr(stages, "code_digest", lambda: "0123456789ab")
    assert not set(identities()) & set(before)
    assert identities(f"farm.code={own}") == before


def test_other_code_is_told_before_anything_is_made_anew(stand_in, tmp_path):
    now = {"versions": {"code": code_digest()}}
    produce(stand_in.plan(1), tmp_path, 1, now, farm=FarmConfig(min_free_gb=0))
    assert not intended(stand_in.plan(1), tmp_path, 1, now).to_make
    for code in ("0123456789ab", "012345678901", "1234567890e1", "12e456789012"):
        write_header(tmp_path, "clean", {"versions": {"code": code}})
        with pytest.raises(InputError, match=rf'versions.code \("{code}", now ') as caught:
            produce(stand_in.plan(1, seed=2), tmp_path, 1, now, farm=FarmConfig(min_free_gb=0))
        advice = str(caught.value).split("what is there: ")[1].split(")")[0]
        option, override = shlex.split(advice)  # as a shell reads what is printed
        assert option == "--set" and load_run(CONFERENCE, [override]).farm.code == code
