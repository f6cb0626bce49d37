"""Somebody else in the picture: beside or behind the person, built as they are, moved to their place."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Annotated

import numpy as np
from pydantic import Field

from core.ranges import Range, Ranges, Share, Spread, within
from scenes.spec import EYES_M, Company, Geometry, Material, Mesh, Strands

_NAME = "company_"


class CompanyConfig(Ranges):
    """A second person, drawn from the defaults of `people` and `motion` whatever these say of the first. The mask has
    both, and the studio's light falls on both; faces are measured on the first."""

    drawn: Share = Field(0.06, description="share of clips with a second person in the picture or at its rim")
    right_m: Annotated[Range, within(0, 5)] = Field((0.45, 1.0), description="from the first to either side, metres")
    behind_m: Annotated[Range, within(-1, 5)] = Field((0.0, 1.5), description="behind the first, metres")
    up_m: Annotated[Range, within(-1, 1)] = Field((-0.1, 0.15), description="eyes over those of the first, metres")
    turn: Annotated[Spread, within(-3.2, 3.2)] = Field(
        Spread(mean=0.0, sd=0.35, low=-1.2, high=1.2), description="turn of the body, radians, 0 as the first"
    )


def joined(first: Geometry, second: Geometry, company: Company) -> Geometry:
    """Both in one; the head is the first's. All names of the second get a prefix."""
    place = _place_of(company)
    named = lambda name: _NAME + name
    moved = lambda points: (points @ place[:3, :3].T + place[:3, 3]).astype(np.float32)

    def strands(group: Strands) -> Strands:
        own = {"name": named(group.name), "material": named(group.material)}
        if group.transforms is None:
            return replace(group, points=moved(group.points), **own)
        return replace(group, transforms=(place @ group.transforms).astype(np.float32), **own)

    def mesh(one: Mesh) -> Mesh:
        return replace(one, name=named(one.name), material=named(one.material), vertices=moved(one.vertices))

    def material(one: Material) -> Material:
        return replace(one, textures={slot: named(image) for slot, image in one.textures.items()})

    return replace(
        first,
        materials=first.materials | {named(name): material(one) for name, one in second.materials.items()},
        meshes=(*first.meshes, *map(mesh, second.meshes)),
        strands=(*first.strands, *map(strands, second.strands)),
        images=first.images | {named(name): image for name, image in second.images.items()},
    )


def _place_of(company: Company) -> np.ndarray:
    """`(4, 4)`: turned about the vertical through the eyes, then moved."""
    c, s = math.cos(company.turn_rad), math.sin(company.turn_rad)
    place = np.eye(4)
    place[:2, :2] = [[c, -s], [s, c]]
    eyes = np.array(EYES_M)
    place[:3, 3] = eyes - place[:3, :3] @ eyes + np.array([-company.right_m, company.behind_m, company.up_m])
    return place
