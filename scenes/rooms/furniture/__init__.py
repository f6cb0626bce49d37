"""Furniture, each thing as pieces in its own axes: its foot's middle at the origin, its front along -Y. What hangs on a
wall has its lower edge at the origin."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from scenes.rooms.furniture.desks import counter, desk, table, workplace
from scenes.rooms.furniture.kitchen import kitchen
from scenes.rooms.furniture.on_floors import bag, basket, boxes, column, glass_wall, partition, plant, rug
from scenes.rooms.furniture.on_walls import clock, hooks, mirror, panels, picture, radiator, slats, tv, whiteboard
from scenes.rooms.furniture.seats import bed, bench, chair, office_chair, sofa
from scenes.rooms.furniture.storage import bookcase, cupboard, locker, wall_shelf, wardrobe
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
}  # fmt: skip


def build_item(item: Item, rng: np.random.Generator) -> list[Piece]:
    """The item's pieces in the room's axes. Raises KeyError for a kind that nobody builds."""
    return placed(BUILDERS[item.kind](item, rng), item.at_m, item.turn_rad)
