"""A config of ours from an option file of Real-ESRGAN's training (BasicSR), under whatever section its keys stand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from core.config import parse, validate
from core.errors import InputError
from degrade.config import DegradeConfig

KERNELS = ("iso", "aniso", "generalized_iso", "generalized_aniso", "plateau_iso", "plateau_aniso")
SIZES = [7, 21]
"""Sides of kernels, which stand in Real-ESRGAN's code and not in its options."""
NEEDED = ("kernel_list", "kernel_prob", "sinc_prob", "blur_sigma", "betag_range", "betap_range", "resize_prob",
          "resize_range", "gaussian_noise_prob", "noise_range", "poisson_scale_range", "gray_noise_prob",
          "jpeg_range")  # fmt: skip
"""Of a pass; those of the second end in 2."""
SECOND_ALONE = {"second_blur_prob": 1.0, "final_sinc_prob": 0.8, "second_order_prob": 1.0}
"""Keys of the second pass without a twin, and what they are where the file does not say."""


class Imported(NamedTuple):
    """The config as YAML, and what is not as it was there."""

    text: str
    notes: list[str]


def import_options(path: Path) -> Imported:
    """Raises InputError for a file without these options, with some missing, or with values that have no place here."""
    data, _ = parse(path)
    found: dict[str, Any] = {}
    notes = []
    for key, value in _leaves(data):
        if key in found and found[key] != value:
            notes.append(f"{key} is given twice; {found[key]} is taken, not {value}")
        found.setdefault(key, value)
    if not any(key in found for key in NEEDED):
        raise InputError(f"{path}: holds no options of degradation (resize_prob, blur_sigma, jpeg_range, ...)")
    config: dict[str, Any] = {"first": _pass(_Options(path, found, "", notes))}
    if any(f"{key}2" in found for key in NEEDED):
        options = _Options(path, found, "2", notes)
        second = _pass(options)
        blur, sinc, there = (options.number(key, default) for key, default in SECOND_ALONE.items())
        if "blur" in second:
            second["blur"] = {"probability": blur, **second["blur"]}
        if blur == 0:
            second.pop("blur", None)
        if sinc:
            second["sinc"] = {"probability": sinc, "size": list(SIZES)}
        config |= {"second": second | {"sinc_before_jpeg": 0.5}}
        if there != 1:
            config["second_probability"] = there
    if (scale := found.get("scale", found.get("sf", 1))) != 1:
        notes.append(f"scale {scale}: pictures keep their own size here, instead of 1/{scale} of it")
    if found.get("gt_usm") or found.get("l1_gt_usm"):
        notes.append("gt_usm: targets are not sharpened here")
    validate(config, DegradeConfig, None, str(path))
    head = f"# From the Real-ESRGAN options in {path.name}.\n" + "".join(f"# {note}\n" for note in notes)
    return Imported(head + yaml.safe_dump(config, sort_keys=False, default_flow_style=None, width=110), notes)


def _leaves(data: Any) -> Iterator[tuple[str, Any]]:
    """Every key of a mapping, or of one inside it, whose value is none."""
    if isinstance(data, dict):
        for key, value in data.items():
            if isinstance(value, dict):
                yield from _leaves(value)
            else:
                yield key, value


class _Options(NamedTuple):
    path: Path
    found: dict[str, Any]
    suffix: str
    notes: list[str]

    def value(self, key: str) -> Any:
        if key + self.suffix not in self.found:
            raise InputError(f"{self.path}: no {key}{self.suffix}; its pass has other options, which need it")
        return self.found[key + self.suffix]

    def number(self, key: str, default: float | None = None) -> float:
        """A share, 0 to 1. `default` is for keys without a suffix."""
        value = self.value(key) if default is None else self.found.get(key, default)
        if not isinstance(value, (int, float)) or isinstance(value, bool) or not 0 <= value <= 1:
            raise InputError(f"{self.path}: {key}{self.suffix}: {value!r}; expected a share from 0 to 1")
        return float(value)

    def numbers(self, key: str, count: int) -> list[Any]:
        value = self.value(key)
        if isinstance(value, list) and len(value) == 3 and count == 2:
            self.notes.append(f"{key}{self.suffix}: drawn evenly, not in steps of {value[2]}")
            value = value[:2]
        numeric = isinstance(value, list) and all(isinstance(v, (int, float)) for v in value)
        if not numeric or len(value) != count:
            raise InputError(f"{self.path}: {key}{self.suffix}: {value!r}; expected {count} numbers")
        return list(value)


def _pass(options: _Options) -> dict[str, Any]:
    """One pass's section; what has no effect there is left out, as ours refuses it."""
    found: dict[str, Any] = {}
    found["blur"] = _blur(options)
    up, down, keep = _shares(options.numbers("resize_prob", 3))
    low, high = options.numbers("resize_range", 2)
    if up or down:
        scale = [low if down else max(1.0, low), high if up else min(1.0, high)]
        found["resize"] = {"kinds": {"up": up, "down": down, "keep": keep}, "scale": scale}
    gaussian = options.number("gaussian_noise_prob")
    found["noise"] = {"kinds": {"gaussian": gaussian, "poisson": round(1 - gaussian, 9)}}
    if gaussian > 0:
        found["noise"]["sigma"] = options.numbers("noise_range", 2)
    if gaussian < 1:
        found["noise"]["poisson_scale"] = options.numbers("poisson_scale_range", 2)
    found["noise"]["grey"] = options.number("gray_noise_prob")
    found["jpeg"] = {"quality": [round(value) for value in options.numbers("jpeg_range", 2)]}
    return found


def _blur(options: _Options) -> dict[str, Any]:
    names = options.value("kernel_list")
    if not isinstance(names, list) or not set(names) <= set(KERNELS):
        raise InputError(f"{options.path}: kernel_list{options.suffix}: {names!r}; known: {', '.join(KERNELS)}")
    sinc = options.number("sinc_prob")
    kinds = dict.fromkeys(KERNELS, 0.0)
    for name, share in zip(names, _shares(options.numbers("kernel_prob", len(names))), strict=True):
        kinds[name] += share * (1 - sinc)
    shares = {name: round(share, 9) for name, share in {**kinds, "sinc": sinc}.items() if share}
    found: dict[str, Any] = {"kinds": shares, "size": list(SIZES)}
    if set(shares) - {"sinc"}:
        low, high = options.numbers("blur_sigma", 2)
        found["sigma"] = [max(low, 0.01), high]  # of 0 there is no kernel
    for key, ours, kind in (
        ("betag_range", "generalized_beta", "generalized"),
        ("betap_range", "plateau_beta", "plateau"),
    ):
        if any(name.startswith(kind) for name in shares):
            found[ours] = options.numbers(key, 2)
    return found


def _shares(values: list[Any]) -> list[float]:
    """Weights, as `random.choices` takes them, so that they add up to 1."""
    total = sum(values) or 1.0
    return [round(value / total, 9) for value in values]
