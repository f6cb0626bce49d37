"""A seat from a generator: posture, chair, desk and what is on it, and what comes between lens and person."""

from __future__ import annotations

import colorsys
import math
from dataclasses import replace

import numpy as np

from core.ranges import choice, integer, normal, uniform
from scenes.records import triple
from scenes.seat.config import ChairConfig, DeskConfig, PaintConfig, SeatConfig, SittingConfig
from scenes.seat.record import Chair, Color, Desk, Microphone, Placed, Propped, ScreenEdge, Seat, Sitting

_WOOD = (0.06, 0.09)
"""Hue of wood, of a turn."""


def draw_seat(
    config: SeatConfig, lap_in_view: bool, rng: np.random.Generator, propping: np.random.Generator
) -> Seat | None:
    """How somebody sits, or None where they sit upright before nothing. `lap_in_view`: the frame reaches below the
    desk, which then must be there, for nobody has legs. `propping` is the generator of who rests the head on a hand."""
    if rng.random() >= config.drawn:
        return Seat(Sitting(0.0, 0.0, 0.0, (0.0, 0.0), 1.0), desk=_draw_desk(config, rng)) if lap_in_view else None
    sitting = _draw_sitting(config.sitting, rng)
    chair = _draw_chair(config.chairs, config.paint, rng) if rng.random() < config.chair else None
    if propping.random() < config.sitting.propped:
        side: Propped = "L" if propping.random() < 1 / 2 else "R"
        sitting = replace(sitting, propped=side)
    desk = _draw_desk(config, rng) if rng.random() < config.desk or lap_in_view or sitting.propped else None
    microphone = _draw_microphone(config, rng) if rng.random() < config.microphone else None
    edge = _draw_edge(config, rng) if rng.random() < config.edge else None
    return Seat(sitting, chair, desk, microphone, edge)


def _draw_sitting(config: SittingConfig, rng: np.random.Generator) -> Sitting:
    turn, slouch, side, left, right = (
        round(normal(rng, spread), 4)
        for spread in (config.turn, config.slouch, config.side, config.shrug, config.shrug)
    )
    return Sitting(turn, slouch, side, (left, right), round(uniform(rng, config.steady), 3))


def _draw_chair(config: ChairConfig, paint: PaintConfig, rng: np.random.Generator) -> Chair:
    kind = choice(rng, config.kinds)
    return Chair(
        kind=kind,
        width_m=round(uniform(rng, config.width_m), 4),
        top_m=round(uniform(rng, config.high_top_m if kind == "high_back" else config.top_m), 4),
        gap_m=round(uniform(rng, config.gap_m), 4),
        headrest=kind == "office" and bool(rng.random() < config.headrest),
        roughness=round(uniform(rng, config.roughness), 3),
        color_linear=draw_paint(paint, rng),
    )


def _draw_desk(config: SeatConfig, rng: np.random.Generator) -> Desk:
    desk = config.desks
    return Desk(
        width_m=round(uniform(rng, desk.width_m), 3),
        depth_m=round(uniform(rng, desk.depth_m), 3),
        thick_m=round(uniform(rng, desk.thick_m), 4),
        roughness=round(uniform(rng, desk.roughness), 3),
        color_linear=draw_paint(config.paint, rng),
        objects=tuple(_draw_object(desk, config.paint, rng) for _ in range(integer(rng, desk.objects))),
    )


def _draw_object(config: DeskConfig, paint: PaintConfig, rng: np.random.Generator) -> Placed:
    return Placed(
        kind=choice(rng, config.kinds),
        right_m=round(uniform(rng, config.right_m), 4),
        near_m=round(uniform(rng, config.near_m), 4),
        turn_rad=round(math.pi * rng.uniform(-1, 1), 4),
        size=round(uniform(rng, config.size), 3),
        color_linear=draw_paint(paint, rng),
    )


def _draw_microphone(config: SeatConfig, rng: np.random.Generator) -> Microphone:
    side, ranges = (1 if rng.random() < 1 / 2 else -1), config.microphones
    return Microphone(
        right_m=round(side * uniform(rng, ranges.right_m), 4),
        up_m=round(uniform(rng, ranges.up_m), 4),
        near_m=round(uniform(rng, ranges.near_m), 4),
        radius_m=round(uniform(rng, ranges.radius_m), 4),
        side=side,
        color_linear=draw_paint(config.paint, rng),
    )


def _draw_edge(config: SeatConfig, rng: np.random.Generator) -> ScreenEdge:
    ranges = config.edges
    return ScreenEdge(
        side=choice(rng, ranges.sides),
        share=round(uniform(rng, ranges.share), 4),
        lean_rad=round(uniform(rng, ranges.lean_rad), 4),
        near=round(uniform(rng, ranges.near), 3),
        color_linear=draw_paint(config.paint, rng),
    )


def draw_paint(config: PaintConfig, rng: np.random.Generator) -> Color:
    """Linear Rec.709: bright or dark by the logarithm; grey, wood, or any hue."""
    low, high = np.log(config.lightness)
    value = float(np.exp(low + (high - low) * rng.random()))
    hue, strong = rng.random(), uniform(rng, config.colorful)
    plain, wooden = rng.random() < config.grey, rng.random() < 1 / 2
    if plain:
        hue, strong = (_WOOD[0] + (_WOOD[1] - _WOOD[0]) * hue, strong) if wooden else (hue, strong / 10)
    return triple(round(channel, 4) for channel in colorsys.hsv_to_rgb(hue, strong, value))
