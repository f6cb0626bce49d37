"""What an evaluation says in short: means, the way to the oracle, the lead over the global map, skin tones, tables."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np

from core.rng import rng_for
from train_baseline.evaluation.rows import ADJUST, GLOBAL, INPUT, MODEL, ORACLE

RESAMPLES = 2000
WAYS = ("rmse", "subject.rmse", "subject.ciede2000")
TONES = ((1.0, 4.0, "1-3 light"), (4.0, 7.0, "4-6 medium"), (7.0, 10.01, "7-10 dark"))
"""Bands of the Monk Skin Tone scale: from, to (not included), name."""
COLUMNS = {
    "rmse": ("RMSE", 2),
    "rmse_challenge": ("RMSE/128", 4),
    "psnr": ("PSNR dB", 2),
    "ssim": ("SSIM", 4),
    "ciede2000": ("dE00", 2),
    "vmaf": ("VMAF", 1),
    "flicker": ("flicker", 3),
    "judge": ("judge p", 3),
    "subject.rmse": ("subject RMSE", 2),
    "subject.psnr": ("PSNR dB", 2),
    "subject.ssim": ("SSIM", 4),
    "subject.ciede2000": ("dE00", 2),
}


def summarised(clips: list[dict[str, Any]]) -> dict[str, Any]:
    """`rows`: means over clips; `closed`: share of the way from input to oracle that the model goes; `lead_...`: by how
    much the model's error is below another's, with its 95% interval; `tones`: the same measures by skin tone."""
    rows = _means(clips)
    known = [name for name in WAYS if name in rows[INPUT]]
    return {
        "rows": rows,
        "closed": {name: closed(rows, name) for name in known},
        "lead_over_global_map": {name: interval(clips, name, GLOBAL) for name in known},
        "lead_over_input": {name: interval(clips, name, INPUT) for name in known},
        "tones": tones(clips),
    }


def _means(clips: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    rows = {}
    for name in clips[0]["rows"]:
        values: dict[str, list[float]] = {}
        for clip in clips:
            for measure, value in clip["rows"][name].items():
                values.setdefault(measure, []).append(value)
        rows[name] = {measure: float(np.mean(found)) for measure, found in values.items()}
    return rows


def closed(rows: dict[str, dict[str, float]], measure: str) -> float | None:
    """Share of the way from input to oracle that the model goes; None where there is no way, or no oracle."""
    if ORACLE not in rows:
        return None
    way = rows[INPUT][measure] - rows[ORACLE][measure]
    return (rows[INPUT][measure] - rows[MODEL][measure]) / way if way > 0 else None


def interval(clips: list[dict[str, Any]], measure: str, other: str) -> dict[str, float]:
    """By how much the model's error is below that of the row `other`: mean and 95% interval.

    Bootstrap over traced clips, 2,000 times: lightings of one clip share a person and count as one draw.
    """
    groups: dict[str, list[float]] = {}
    for clip in clips:
        if measure in clip["rows"][MODEL]:
            gap = clip["rows"][other][measure] - clip["rows"][MODEL][measure]
            groups.setdefault(clip["clip"], []).append(gap)
    sums = np.array([sum(gaps) for gaps in groups.values()])
    counts = np.array([len(gaps) for gaps in groups.values()])
    picks = rng_for(0, "evaluate", "bootstrap").integers(0, len(sums), (RESAMPLES, len(sums)))
    means = sums[picks].sum(1) / counts[picks].sum(1)
    low, high = np.percentile(means, [2.5, 97.5])
    return {"mean": float(sums.sum() / counts.sum()), "low": float(low), "high": float(high), "clips": len(sums)}


def tones(clips: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By band of skin tone: number of people and samples, and every row's error on the subject."""
    found = []
    for low, high, name in TONES:
        own = [clip for clip in clips if clip["monk"] is not None and low <= clip["monk"] < high]
        own = [clip for clip in own if "subject.rmse" in clip["rows"][INPUT]]
        if own:
            rows = _means(own)
            kept = {row: {m: values[m] for m in ("subject.rmse", "subject.ciede2000")} for row, values in rows.items()}
            people = len({clip["clip"] for clip in own})
            found.append({"tone": name, "people": people, "samples": len(own), "rows": kept})
    return found


def tables(result: dict[str, Any]) -> list[tuple[str, list[list[str]]]]:
    """An evaluation as tables no wider than 80 characters, each with its title: whole frame, subject, skin tones."""
    source = "clean sources" if result.get("kind") == "clean" else "degraded sources"
    found = [(f"{result['split']} split, {source}, whole frame", summary_table(result, subject=False))]
    if "subject.rmse" in result["rows"][MODEL]:
        found.append((f"{result['split']} split, {source}, subject", summary_table(result, subject=True)))
    if result["tones"]:
        found.append(("subject by skin tone (Monk scale): CIEDE2000 (RMSE)", tone_table(result)))
    return found


def summary_table(result: dict[str, Any], subject: bool | None = None) -> list[list[str]]:
    """Rows and measures as text cells; the first line is the header, the first cell a row's name.

    `subject`: measures inside the mask alone (True), of the whole frame alone (False), or both (None).
    """
    rows = result["rows"]
    columns = [name for name in COLUMNS if name in rows[MODEL]]
    columns = [name for name in columns if subject is None or name.startswith("subject.") == subject]
    lines = [["", *(COLUMNS[name][0].removeprefix("subject " if subject else "") for name in columns)]]
    for name in ordered(rows):
        values = rows[name]
        lines.append([name, *(f"{values[c]:.{COLUMNS[c][1]}f}" if c in values else "-" for c in columns)])
    return lines


def ordered(rows: Collection[str]) -> list[str]:
    """Rows from doing nothing to the best that can be done, whatever order a JSON file keeps them in."""
    ends = (INPUT, GLOBAL, ADJUST), (MODEL, ORACLE)
    names = [*ends[0], *sorted(set(rows) - {*ends[0], *ends[1]}), *ends[1]]
    return [name for name in names if name in rows]


def tone_table(result: dict[str, Any]) -> list[list[str]]:
    """CIEDE2000 and, in brackets, RMSE on the subject by skin tone, for input, global map, model and oracle."""
    shown = [row for row in (INPUT, GLOBAL, MODEL, ORACLE) if row in result["tones"][0]["rows"]]
    lines = [["tone", "people", *shown]]
    for band in result["tones"]:
        errors = [band["rows"][row] for row in shown]
        cells = [f"{e['subject.ciede2000']:.1f} ({e['subject.rmse']:.0f})" for e in errors]
        lines.append([band["tone"], str(band["people"]), *cells])
    return lines


def sentences(result: dict[str, Any]) -> list[str]:
    """The two figures that matter, in words."""
    lines = []
    for measure, where in (("rmse", "whole frame"), ("subject.rmse", "subject")):
        if measure in result["closed"]:
            share, lead = result["closed"][measure], result["lead_over_global_map"][measure]
            way = "" if share is None else f"goes {100 * share:.0f}% of the way from input to oracle, and "
            lines.append(
                f"{where}: RMSE {way}is {lead['mean']:.2f} levels below the global map's (95% interval "
                f"{lead['low']:.2f} to {lead['high']:.2f} over {lead['clips']} clips)"
            )
    return lines
