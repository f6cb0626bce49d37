"""Furniture, each thing as pieces in its own axes: its foot's middle at the origin, its front along -Y. What hangs on a
wall has its lower edge at the origin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenes.rooms.furniture.desks import counter, desk, table, workplace
from scenes.rooms.furniture.kitchen import kitchen
from scenes.rooms.furniture.lived_in import (
    airer,
    bin_,
    calendar,
    clothes_rail,
    fan,
    guitar,
    hanging,
    heap,
    ironing_board,
    notes,
    shoes,
    suitcase,
    thrown_over,
)
from scenes.rooms.furniture.on_floors import bag, basket, boxes, column, glass_wall, partition, plant, rug
from scenes.rooms.furniture.on_walls import clock, hooks, mirror, panels, picture, radiator, slats, tv, whiteboard
from scenes.rooms.furniture.seats import bed, bench, chair, office_chair, sofa
from scenes.rooms.furniture.storage import bookcase, cupboard, locker, wall_shelf, wardrobe
from scenes.rooms.furniture.untidy import leaning, pile, rack, tools
from scenes.rooms.record import Item
from scenes.rooms.solids import Piece, placed

BUILDERS: dict[str, Callable[[Item, np.random.Generator], list[Piece]]] = {
    "bookcase": bookcase, "wall_shelf": wall_shelf, "cupboard": cupboard, "wardrobe": wardrobe, "locker": locker,
    "sofa": sofa, "armchair": sofa, "bed": bed, "bench": bench, "office_chair": office_chair, "chair": chair,
    "desk": desk, "table": table, "workplace": workplace, "counter": counter, "kitchen": kitchen,
    "radiator": radiator, "whiteboard": whiteboard, "picture": picture, "mirror": mirror, "tv": tv, "clock": clock,
    "hooks": hooks, "panels": panels, "slats": slats,
    "plant": plant, "rug": rug, "partition": partition, "glass_wall": glass_wall, "column": column, "boxes": boxes,
    "bag": bag, "basket": basket,
    "calendar": calendar, "notes": notes, "hanging": hanging, "clothes_rail": clothes_rail, "heap": heap,
    "ironing_board": ironing_board, "guitar": guitar, "suitcase": suitcase, "bin": bin_, "airer": airer, "fan": fan,
    "shoes": shoes, "pile": pile, "rack": rack, "tools": tools, "leaning": leaning,
}  # fmt: skip


def build_item(item: Item, rng: np.random.Generator) -> list[Piece]:
    """The item's pieces in the room's axes. Raises KeyError for a kind that nobody builds."""
    pieces = BUILDERS[item.kind](item, rng)
    if item.kind in ("chair", "office_chair") and item.amount >= 1:
        pieces = pieces + thrown_over(item.kind, item.size_m, rng)
    return placed(pieces, item.at_m, item.turn_rad)
