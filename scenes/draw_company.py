"""Whether somebody else is in the picture, who, and where."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.ranges import normal, uniform
from core.rng import rng_for
from scenes.company import CompanyConfig
from scenes.motion.config import MotionConfig
from scenes.motion.draw import draw_motion
from scenes.people_config import PeopleConfig
from scenes.person import draw_person
from scenes.spec import Company


def draw_company(
    config: CompanyConfig, frames: int, fps: float, seed: int, of: Callable[[str], np.random.Generator]
) -> Company | None:
    """A second person, who is nobody in particular: drawn from the defaults and from the clip's own streams, `of` a
    stage; or None."""
    rng = of("company")
    if rng.random() >= config.drawn:
        return None
    side = 1 if rng.random() < 1 / 2 else -1
    apart = lambda stage: of(f"company-{stage}")
    index = int(apart("index").integers(2**31))
    return Company(
        right_m=round(side * uniform(rng, config.right_m), 4),
        behind_m=round(uniform(rng, config.behind_m), 4),
        up_m=round(uniform(rng, config.up_m), 4),
        turn_rad=round(normal(rng, config.turn), 4),
        person=draw_person(PeopleConfig(), index, rng_for(seed, "run", "company"), apart),
        motion=draw_motion(MotionConfig(), frames, fps, (0.0, 0.0), 0.0, apart("motion")),
    )
