"""Every stage keeps the one convention: words, nothing at severity 0, JSON and back, the same frames again, a place.

Golden bytes of each stage alone are in test_golden.py.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest

from core.config import validate
from degrade.chain import degrade_clip
from degrade.config import DegradeConfig, stage_names
from degrade.draw import draw_params
from degrade.params import DegradeParams
from degrade.report.charts import DOT_GROUND, DOT_REACH, dots_chart, green, texture_chart
from degrade.report.measure import centroids, drift_px
from degrade.stages.stage import DrawContext, Params, Part

ROOT = Path(__file__).resolve().parents[2]
STAGES = stage_names()
DELIVERY = [name for name in STAGES if name.startswith("delivery.")]
FRAMES, WIDTH, HEIGHT, FPS = 8, 160, 90, 30.0
NEAR_LEVELS = 3.0
KEYS = [f"clip-{number}" for number in range(6)]
OFTEN: dict[str, dict[str, Any]] = {"delivery.freeze": {"per_minute": (120.0, 120.0)}}
"""What a clip of 8 frames would hardly ever show with the defaults."""
PIXEL_BY_PIXEL = {"light.banding", "sensor", "first.noise", "second.noise"}
"""What adds to each pixel, or multiplies it, by itself: dots get noise, or a slope, which their centres do not bear."""


def alone(name: str, **keys: Any) -> DegradeConfig:
    """The stage `name` by itself, in every clip; its other keys are defaults."""
    section: dict[str, Any] = {"probability": 1.0, **OFTEN.get(name, {}), **keys}
    for part in reversed(name.split(".")):
        section = {part: section}
    return validate(section, DegradeConfig)


def drawn(name: str, key: str = "clip", **more: Any) -> DegradeParams:
    return draw_params(alone(name), 2, key, FRAMES, WIDTH, HEIGHT, FPS).model_copy(update=more)


def stage(params: DegradeParams) -> Params:
    (_, found), *others = params.stages()
    assert not others
    return found


def clip() -> np.ndarray:
    """Texture that slides by 3 pixels a frame."""
    wide = texture_chart(3)
    return np.stack([wide[:HEIGHT, 3 * t : 3 * t + WIDTH] for t in range(FRAMES)])


def params_kinds() -> dict[str, type[Params]]:
    """The record of every stage, by dotted name, from the annotations of `DegradeParams`."""
    found: dict[str, type[Params]] = {}

    def walk(model: Any, prefix: str) -> None:
        for name, field in model.model_fields.items():
            for kind in get_args(field.annotation):
                if isinstance(kind, type) and issubclass(kind, Params):
                    found[prefix + name] = kind
                elif hasattr(kind, "parts"):
                    walk(kind, f"{prefix}{name}.")

    walk(DegradeParams, "")
    return found


def test_config_and_record_name_the_same_stages_and_each_file_is_one_of_them() -> None:
    records = params_kinds()
    assert {name.replace("delivery.", "delivery/").split("/")[0] for name in STAGES} == set(records)
    files = {path.stem for path in (ROOT / "degrade" / "stages").glob("*.py")} - {
        "__init__",
        "stage",
        "passes",
        "camera",
    }
    assert files == {kind.__module__.rsplit(".", 1)[1] for kind in records.values()}
    for name, kind in STAGES.items():
        assert kind.__module__ == records[name if name in records else "delivery"].__module__, "one stage, one file"


@pytest.mark.parametrize("name", STAGES)
def test_it_changes_frames_says_so_and_comes_back_from_json(name: str) -> None:
    frames = clip()
    before, changed, words = frames.copy(), 0, []
    for key in KEYS:
        params = drawn(name, key)
        again = DegradeParams.from_json(json.loads(json.dumps(params.to_json())))
        assert again == params
        done = degrade_clip(frames, params)
        assert done.shape == frames.shape and done.dtype == np.uint8
        assert np.array_equal(done, degrade_clip(frames, again)), "the same frames again"
        changed += not np.array_equal(done, frames)
        words += params.words()
        assert bool(params.words()) or np.array_equal(done, frames), "it says nothing of what it does"
    assert np.array_equal(frames, before), "it wrote into its input"
    assert changed and words and all(re.search(r"\d", text) for text in words), "words with a number in them"


@pytest.mark.parametrize("name", STAGES)
def test_severity_0_leaves_the_clip_or_the_stage_says_why_not(name: str) -> None:
    """The draws themselves at severity 0, without the short cut that leaves all stages out."""
    frames, traces = clip(), 0
    for key in KEYS:
        full = drawn(name, key)
        here = DrawContext(full, severity=0.0, delivered_fps=FPS)
        if name in DELIVERY:
            delivery = alone(name).delivery
            assert delivery is not None
            left, fps = delivery.deliver(here)
            assert fps == pytest.approx(FPS)
            late = max((t - seen for t, seen in enumerate(left.shown)), default=0) if left else 0
            traces += late > 0
            assert late == 0 or (late == 1 and kinds_of(name).not_neutral)
            continue
        group, _, own = name.rpartition(".")
        config: Any = alone(name)
        for part in name.split("."):
            config = getattr(config, part)
        nothing = config.drawn(name, here)
        holder = nothing if not group else type(getattr(full, group))(**{own: nothing})
        done = degrade_clip(frames, full.model_copy(update={group or name: holder}))
        if nothing.not_neutral:
            assert np.abs(done.astype(int) - frames).mean() < NEAR_LEVELS
            traces += not np.array_equal(done, frames)
        else:
            assert np.array_equal(done, frames)
    if name in ("second.sinc", "first.jpeg", "codec", "delivery.frame_rate"):
        assert traces, f"no trace: {kinds_of(name).not_neutral!r} is not true"


@pytest.mark.parametrize("name", sorted(set(STAGES) - PIXEL_BY_PIXEL))
def test_a_stage_moves_pixels_only_where_it_says_so(name: str) -> None:
    """A still clip of soft dots: nothing moves by more than 0.05 pixels, at whatever level it comes out."""
    chart, middles = dots_chart()
    height, width = chart.shape[:2]
    places = centroids(green(chart), middles, DOT_REACH, DOT_GROUND)
    # Coding at a low rate would move dots as noise does; its way to another size and back is what could move a picture.
    keys = {"bits_per_pixel": (4.0, 4.0), "send_scale": (0.6, 0.6)} if name in ("codec", "server") else {}
    for key in KEYS[:3]:
        params = draw_params(alone(name, **keys), 2, key, 3, width, height, FPS)
        done = degrade_clip(np.repeat(chart[None], 3, 0), params)[1]
        moves = kinds_of(name).moves_pixels
        if moves == "in motion":
            assert np.array_equal(done, chart), "what stands still is not to move at all"
        elif moves == "never":
            found = centroids(green(done), middles, DOT_REACH, float(np.median(ground(green(done), middles))))
            assert drift_px(places, found, width, height) < 0.05


def kinds_of(name: str) -> type[Params]:
    return params_kinds()["delivery" if name in DELIVERY else name]


def ground(picture: np.ndarray, middles: np.ndarray) -> np.ndarray:
    """Levels as far from the dots as can be."""
    mask = np.ones(picture.shape, np.uint8)
    for x, y in np.rint(middles).astype(int):
        cv2.circle(mask, (int(x), int(y)), DOT_REACH, 0, -1)
    return picture[mask > 0]


def test_every_key_is_described_and_bounded() -> None:
    """In the schema that editors read: a sentence for every key, limits for every number."""
    schema = DegradeConfig.model_json_schema()
    sections = {"DegradeConfig": schema, **schema["$defs"]}
    keys = [(f"{name}.{key}", field) for name, each in sections.items() for key, field in each["properties"].items()]
    assert len(keys) > 90
    assert [key for key, field in keys if not field.get("description")] == []

    def numbers(field: dict[str, Any]) -> list[dict[str, Any]]:
        inner = [*field.get("anyOf", []), *field.get("prefixItems", [])]
        own = [field] if field.get("type") in ("number", "integer") else []
        return own + [each for part in inner for each in numbers(part)]

    unbounded = [key for key, field in keys for each in numbers(field) if not {"minimum", "maximum"} <= set(each)]
    assert unbounded == []
    for kind in params_kinds().values():
        assert kind.__doc__ and kind.moves_pixels in ("never", "always", "in motion")


def test_the_page_tells_of_every_stage() -> None:
    page = (ROOT / "docs" / "degrade.md").read_text()
    assert [name for name in STAGES if f"`{name}`" not in page and f"`{name.split('.')[-1]}`" not in page] == []
    assert all(issubclass(kind, Part) for kind in STAGES.values())
