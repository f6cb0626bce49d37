"""Cloth that hangs: curtains, coats, throws, as sheets with folds drawn from a few waves."""

from __future__ import annotations

import numpy as np

from scenes.rooms.solids import Piece, box, placed, sheet, tilted


def curtain(material: str, width_m: float, height_m: float, fullness: float, rng: np.random.Generator) -> Piece:
    """A curtain that hangs in the XZ plane, its lower middle at the origin; folds get wider and wander downwards."""
    columns, rows = max(24, int(width_m / 0.012)), 18
    u, v = np.meshgrid(np.linspace(0, 1, columns), np.linspace(0, 1, rows))
    folds = max(2.0, width_m / rng.uniform(0.09, 0.14) * fullness)
    phase = np.cumsum(rng.normal(1.0, 0.25, columns))
    phase = (phase - phase[0]) / (phase[-1] - phase[0]) * folds * 2 * np.pi
    wander = rng.normal(0, 0.4) * (1 - v) * np.sin(2 * np.pi * u * rng.uniform(0.7, 1.6) + rng.uniform(0, 6))
    wave = np.sin(phase[None, :] + wander)
    depth = 0.028 + 0.022 * (1 - v) * rng.uniform(0.4, 1.0)
    x = (u - 0.5) * width_m * (1 + 0.03 * (1 - v)) + 0.012 * np.cos(phase[None, :] + wander)
    y = depth * wave + 0.012 * np.sin(u * 9 + v * 2.0)
    grid = np.stack([x, y, v * height_m], -1)
    local = np.stack([u * width_m * 1.8, v * height_m, np.zeros_like(u)], -1)
    return sheet(material, grid, local)


def draped(material: str, width_m: float, length_m: float, rng: np.random.Generator) -> Piece:
    """A throw over a seat: flat with waves, hanging over the front edge."""
    u, v = np.meshgrid(np.linspace(-0.5, 0.5, 40), np.linspace(0, 1, 40))
    bent = v * length_m * 1.5
    over = np.clip(bent - length_m, 0, None)
    z = 0.012 + 0.008 * np.sin(u * 24 + 3 * v) * np.sin(7 * v + 2 * u) - over
    y = 0.2 - np.minimum(bent, length_m) - 0.03 * (1 - np.exp(-over / 0.05)) - 0.01 * np.sin(30 * u) * (over > 0)
    grid = np.stack([u * width_m + 0.02 * np.sin(6 * v), y, z], -1)
    return sheet(material, grid, np.stack([u * width_m, bent, np.zeros_like(u)], -1))


def over_bar(material: str, wide: float, before: float, behind: float, thick: float, rng: np.random.Generator) -> Piece:
    """A cloth over a bar along X at the origin, hanging down `before` metres at -Y and `behind` at +Y, with folds."""
    t = np.concatenate([np.linspace(-1, -0.04, 12), np.linspace(0.04, 1, 12)])
    u, s = np.meshgrid(np.linspace(-0.5, 0.5, 22), t)
    drop = np.abs(s) * np.where(s < 0, before, behind)
    hem = 1 + 0.1 * np.sin(5 * u + rng.uniform(0, 6)) * np.abs(s)
    fold = 0.014 * np.sin(u * rng.uniform(9, 20) + 3 * s + rng.uniform(0, 6)) * np.minimum(1, 3 * np.abs(s))
    y = np.sign(s) * (thick + 0.01 * np.abs(s)) + fold
    x = u * wide * (1 - 0.12 * np.abs(s)) + 0.02 * np.sin(4 * s)
    grid = np.stack([x, y, -drop * hem + 0.004], -1)
    return sheet(material, grid, np.stack([u * wide, drop, np.zeros_like(u)], -1))


def hanging_coat(material: str, length_m: float, rng: np.random.Generator) -> list[Piece]:
    """A jacket on a hook at the origin: shoulders, a body with folds, two sleeves."""

    def tube_of(width: float, depth: float, length: float, folds: int, shoulders: float) -> Piece:
        a, v = np.meshgrid(np.linspace(0, 2 * np.pi, 49), np.linspace(0, 1, 24))
        neck = 1 - np.exp(-v / shoulders)
        wave = 1 + 0.13 * v * np.sin(folds * a + rng.uniform(0, 6) + 1.5 * v) + 0.05 * np.sin(2 * a + 4 * v)
        x = width / 2 * neck * np.cos(a) * wave * (0.9 + 0.18 * v)
        y = depth / 2 * neck * np.sin(a) * wave * (0.85 + 0.25 * v)
        grid = np.stack([x, y, -v * length + 0.02], -1)
        return sheet(material, grid, np.stack([a * width / 4, v * length, np.zeros_like(a)], -1))

    body = tube_of(rng.uniform(0.34, 0.42), 0.17, length_m, 5, 0.09)
    pieces = [body]
    for side in (-1, 1):
        sleeve = tube_of(0.12, 0.1, min(0.62, length_m * 0.75), 3, 0.06)
        pieces += placed(tilted([sleeve], 1, -side * 0.12), (side * 0.16, -0.01, -0.06))
    return pieces


def slats(material: str, width_m: float, drop_m: float, turn_rad: float) -> list[Piece]:
    """A venetian blind that hangs from the origin down to `-drop_m`, in the XZ plane."""
    pitch_m, deep_m = 0.024, 0.025
    count = max(1, int(drop_m / pitch_m))
    z = -np.arange(1, count + 1) * pitch_m
    c, s = np.cos(turn_rad) * deep_m / 2, np.sin(turn_rad) * deep_m / 2
    corner = np.array([[-0.5, -c, -s], [0.5, -c, -s], [0.5, c, s], [-0.5, c, s]]) * (width_m, 1, 1)
    points = (corner[None] + np.stack([0 * z, 0 * z, z], -1)[:, None]).reshape(-1, 3)
    faces = np.arange(4 * count).reshape(-1, 4)
    pieces = [Piece(material, points, faces, points.copy())]
    pieces.append(box(material, (width_m, 0.04, 0.035), (0, 0, -0.03), edge=0.003))
    pieces.append(box(material, (width_m, 0.028, 0.018), (0, 0, -drop_m - 0.02), edge=0.003))
    for x in (-0.35 * width_m, 0.35 * width_m):
        pieces.append(box(material, (0.004, 0.002, drop_m), (x, -deep_m / 2, -drop_m)))
    return pieces
