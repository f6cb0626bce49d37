"""Strict YAML: what runs code, explodes or only looks like a number is refused in one line, quickly, nothing run."""

import tracemalloc

import pytest

from core.config import Section, load, parse_text
from core.errors import InputError


class Plain(Section):
    seed: int = 0
    names: tuple[str, ...] = ()


class Tint(Section):
    lip_colour: int = 0
    color_name: str = ""
    off_centre: float = 0.0


class Painted(Section):
    tint: Tint = Tint()


BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{chr(98 + i)}: &{chr(98 + i)} [{', '.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(12)
)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("seed: !!python/object/apply:os.system ['touch {mark}']\n", ":1:7: the tag"),
        ("seed: !!python/name:os.system\n", "the tag"),
        ("!!python/object/new:os.system ['touch {mark}']\n", "the tag"),
        ("seed: 1\nseed: 2\n", ":2:1: seed: given twice; first at line 1"),
        ("seed: .nan\n", ":1:7: .nan is not a finite number"),
        ("seed: 1e400\n", "not a finite number"),
        (BOMB, "aliases"),
        ("names:\n" + "- x\n" * 2_500_000, "bytes; a config has at most"),
        ("names: " + "[" * 5000, "nested more than 32 levels deep"),
        ("seed: \x00\n", "not valid YAML"),
        ("seed: no\n", "expected a valid integer"),
        ("seed: 12:30\n", "expected a valid integer, got text '12:30'"),
    ],
    ids=["apply", "name", "new", "twice", "nan", "huge number", "bomb", "10 MB", "deep", "nul", "no", "sexagesimal"],
)
def test_hostile_yaml_is_one_line_and_nothing_runs(tmp_path, text, said):
    mark = tmp_path / "was-run"
    path = tmp_path / "bad.yaml"
    path.write_text(text.replace("{mark}", str(mark)))
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as caught:
            load(path, Plain)
        assert tracemalloc.get_traced_memory()[1] < 100_000_000
    finally:
        tracemalloc.stop()
    message = str(caught.value)
    assert said in message and message.startswith(str(path)) and "\n" not in message and len(message) < 500
    assert not mark.exists()


@pytest.mark.parametrize("text", ["e10", ".", "1e", "1.2.3", "+.e5"])
def test_words_that_are_nearly_numbers_stay_words(text: str) -> None:
    assert parse_text(f"name: {text}\n", "mine.yaml")[0] == {"name": text}


def test_keys_are_taken_in_both_spellings(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text("tint: {lip_color: 3, color_name: red, off_center: 0.5}\n")
    assert load(path, Painted).tint == Tint(lip_colour=3, color_name="red", off_centre=0.5)
    assert load(path, Painted, ["tint.off_center=0.25"]).tint.off_centre == 0.25
    for text, said in (
        ("lip_color: red", "tint.lip_colour: expected a valid integer"),
        ("lip_colr: 1", "did you mean"),
    ):
        path.write_text(f"tint: {{{text}}}\n")
        with pytest.raises(InputError, match=rf"mine.yaml:1:.*{said}"):
            load(path, Painted)
    path.write_text("tint: {lip_color: 3, lip_colour: 4}\n")
    with pytest.raises(InputError, match=r"tint.lip_color: unknown key; did you mean lip_colour"):
        load(path, Painted)
