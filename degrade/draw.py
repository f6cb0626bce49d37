"""Drawing: config + identity of a clip -> `DegradeParams`. Each stage has its own stream, so adding one moves no
other.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, TypeVar

from degrade.config import DegradeConfig
from degrade.params import DegradeParams
from degrade.stages.camera import LightParams, OpticsParams, ProcessorParams
from degrade.stages.passes import PassParams, SecondPassParams
from degrade.stages.stage import Clip, DrawContext, Group, ParamsGroup, Stage

G = TypeVar("G", bound=ParamsGroup)


def draw_params(
    config: DegradeConfig, seed: int, key: str, frames: int, width: int, height: int, fps: float
) -> DegradeParams:
    """What happens to the clip `key` of `frames` pictures `width` x `height` at `fps`.

    The draws do not depend on `config.severity`; it scales the drawn values towards no change afterwards.
    """
    clip = Clip(seed=seed, key=key, frames=frames, width=width, height=height, fps=fps)
    if config.severity == 0.0:
        return DegradeParams(**dict(clip))
    here = DrawContext(clip, config.severity, delivered_fps=fps)
    delivery = None
    if config.delivery:
        delivery, rate = config.delivery.deliver(here)
        here = replace(here, delivered_fps=rate)
    second = config.second
    if second and not second.there("second", here, config.second_probability):
        second = None
    return DegradeParams(
        **dict(clip),
        optics=_group(OpticsParams, config.optics, "optics", here),
        light=_group(LightParams, config.light, "light", here),
        sensor=_stage(config.sensor, "sensor", here),
        processor=_group(ProcessorParams, config.processor, "processor", here),
        first=_group(PassParams, config.first, "first", here),
        second=_group(SecondPassParams, second, "second", here),
        delivery=delivery,
        codec=_stage(config.codec, "codec", here),
        server=_stage(config.server, "server", here),
        order=config.order,
    )


def _group(kind: type[G], config: Group | None, name: str, here: DrawContext) -> G | None:
    return None if config is None else kind(**config.drawn(name, here))


def _stage(config: Stage | None, name: str, here: DrawContext) -> Any:
    return None if config is None else config.drawn(name, here)
