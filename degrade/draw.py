"""Drawing: config + identity of a clip -> `DegradeParams`. Each stage has its own stream, so adding one moves no
other.
"""

from __future__ import annotations

import math

import numpy as np

from core.rng import rng_for
from degrade import config as c
from degrade import config_passes as p
from degrade import params as r
from degrade.params import DegradeParams

__all__ = ["DegradeParams", "draw_params"]

TRANSPARENT_BITS_PER_PIXEL = 2.0
# Encoders refuse rates that a few pixels or one frame a second would come to.
LEAST_KBPS = 20.0


def draw_params(
    config: c.DegradeConfig, seed: int, key: str, frames: int, width: int, height: int, fps: float
) -> DegradeParams:
    """What happens to the clip `key` of `frames` pictures `width` x `height` at `fps`.

    The draws do not depend on `config.severity`; it scales the drawn values towards no change afterwards.
    """
    same = {"seed": seed, "key": key, "frames": frames, "width": width, "height": height, "fps": fps}
    if config.severity == 0.0:
        return DegradeParams(**same)
    draw = _Draw(seed, key, frames, width, height, fps, config.severity)
    delivery, rate = draw.delivery(config.delivery)
    return DegradeParams(
        **same,
        optics=draw.optics(config.optics),
        light=draw.light(config.light),
        sensor=draw.sensor(config.sensor),
        processor=draw.processor(config.processor),
        first=draw.first(config.first),
        second=draw.second(config.second, config.second_probability),
        delivery=delivery,
        codec=draw.codec(config.codec, rate),
    )


class _Draw:
    """One clip's draws; every method opens the stream of its own stage."""

    def __init__(self, seed: int, key: str, frames: int, width: int, height: int, fps: float, severity: float):
        self.seed, self.key, self.frames, self.width, self.height, self.fps = seed, key, frames, width, height, fps
        self.s = severity

    def stream(self, stage: str, config: p.Stage | None) -> np.random.Generator | None:
        """The stage's generator, its first number spent on whether it is there at all; None when it is not."""
        if config is None:
            return None
        rng = rng_for(self.seed, self.key, f"degrade.{stage}.draw")
        return rng if rng.random() < config.probability else None

    def drift(self, rng: np.random.Generator, centre: float, reach: float) -> r.Drift:
        """A random walk about `centre`, one knot a second, kept within `reach` by reflection."""
        count = max(2, math.ceil(self.frames / self.fps) + 1)
        steps = np.cumsum(rng.uniform(-1.0, 1.0, count)) + rng.uniform(-1.0, 1.0)
        folded = np.abs((steps - 1.0) % 4.0 - 2.0) - 1.0
        return r.Drift(values=tuple(float(centre + reach * v) for v in folded), every=float(self.fps))

    def blur(self, stage: str, config: p.Blur | None) -> r.Blur | None:
        rng = self.stream(stage, config)
        if rng is None:
            return None
        kind = _choose(rng, config.kinds)
        size = _odd(rng, config.size)
        sigma_x, sigma_y = (_uniform(rng, config.sigma) * self.s for _ in range(2))
        rotation = rng.uniform(-math.pi, math.pi)
        below, place = rng.random() < 0.5, rng.random()
        cutoff_at = rng.random()
        walk = self.drift(rng, 1.0, config.drift)
        if kind == "sinc":
            low, high = config.sinc_cutoff or (math.pi / 3 if size < 13 else math.pi / 5, math.pi)
            return r.Blur(kind=kind, size=size, cutoff_rad=self.cutoff(low + (high - low) * cutoff_at))
        beta = 1.0
        if kind.startswith(("generalized", "plateau")):
            low, high = config.generalized_beta if kind.startswith("generalized") else config.plateau_beta
            middle = min(max(1.0, low), high)
            beta = low + (middle - low) * place if below else middle + (high - middle) * place
        if kind.endswith("_iso") or kind == "iso":
            sigma_y, rotation = sigma_x, 0.0
        widen = walk if config.drift > 0 else None
        return r.Blur(
            kind=kind, size=size, sigma_x=sigma_x, sigma_y=sigma_y, rotation_rad=rotation, beta=beta, widen=widen
        )

    def cutoff(self, drawn: float) -> float:
        return math.pi + (drawn - math.pi) * self.s

    def resize(self, stage: str, config: p.Resize | None) -> r.Resize | None:
        rng = self.stream(stage, config)
        if rng is None:
            return None
        kind, mode = _choose(rng, config.kinds), _choose(rng, config.modes)
        low, high = config.scale
        spans = {"up": (max(1.0, low), high), "down": (low, min(1.0, high)), "keep": (1.0, 1.0)}
        scale = _uniform(rng, spans[kind]) ** self.s
        size = (max(1, round(self.width * scale)), max(1, round(self.height * scale)))
        return r.Resize(width=size[0], height=size[1], mode=mode)

    def noise(self, stage: str, config: p.Noise | None) -> r.Noise | None:
        rng = self.stream(stage, config)
        if rng is None:
            return None
        kind, grey, place = _choose(rng, config.kinds), rng.random() < config.grey, rng.random()
        low, high = config.sigma if kind == "gaussian" else config.poisson_scale
        return r.Noise(kind=kind, strength=(low + (high - low) * place) * self.s, grey=bool(grey))

    def jpeg(self, stage: str, config: p.Jpeg | None) -> r.Jpeg | None:
        rng = self.stream(stage, config)
        if rng is None:
            return None
        quality = int(rng.integers(config.quality[0], config.quality[1] + 1))
        return r.Jpeg(quality=round(100 - (100 - quality) * self.s))

    def first(self, config: p.Order | None) -> r.Order | None:
        return None if config is None else r.Order(**self.order("first", config))

    def order(self, name: str, config: p.Order) -> dict:
        back = (
            "bilinear"
            if config.resize is None
            else _choose(rng_for(self.seed, self.key, f"degrade.{name}.back.draw"), config.resize.modes)
        )
        return {
            "back": back,
            "blur": self.blur(f"{name}.blur", config.blur),
            "resize": self.resize(f"{name}.resize", config.resize),
            "noise": self.noise(f"{name}.noise", config.noise),
            "jpeg": self.jpeg(f"{name}.jpeg", config.jpeg),
        }

    def second(self, config: p.SecondOrder | None, probability: float) -> r.SecondOrder | None:
        if config is None:
            return None
        rng = rng_for(self.seed, self.key, "degrade.second.draw")
        there, sinc_first = rng.random() < probability, rng.random() < config.sinc_before_jpeg
        if not there:
            return None
        sinc, sinc_rng = None, self.stream("second.sinc", config.sinc)
        if sinc_rng is not None:
            size, cutoff = _odd(sinc_rng, config.sinc.size), _uniform(sinc_rng, config.sinc.cutoff)
            sinc = r.Blur(kind="sinc", size=size, cutoff_rad=self.cutoff(cutoff))
        return r.SecondOrder(**self.order("second", config), sinc=sinc, sinc_first=bool(sinc_first))

    def optics(self, config: c.Optics | None) -> r.Optics | None:
        if config is None:
            return None
        motion = self.stream("optics.motion_blur", config.motion_blur)
        shutter = None if motion is None else _uniform(motion, config.motion_blur.shutter) * self.s
        colour = self.stream("optics.aberration", config.aberration)
        corner = (
            None
            if colour is None
            else _uniform(colour, config.aberration.corner_px) * self.s * (1 if colour.random() < 0.5 else -1)
        )
        return r.Optics(shutter=shutter, defocus=self.blur("optics.defocus", config.defocus), aberration_px=corner)

    def light(self, config: c.Light | None) -> r.Light | None:
        if config is None:
            return None
        exposure = red = blue = banding = None
        if (rng := self.stream("light.exposure", config.exposure)) is not None:
            centre, reach = _uniform(rng, config.exposure.ev), _uniform(rng, config.exposure.drift_ev)
            exposure = self.drift(rng, centre * self.s, reach * self.s)
        if (rng := self.stream("light.white_balance", config.white_balance)) is not None:
            balance = config.white_balance
            centres, reach = (
                (_uniform(rng, balance.red_ev), _uniform(rng, balance.blue_ev)),
                _uniform(rng, balance.drift_ev),
            )
            red, blue = (self.drift(rng, centre * self.s, reach * self.s) for centre in centres)
        if (rng := self.stream("light.banding", config.banding)) is not None:
            flicker_hz = 2.0 * {"hz50": 50.0, "hz60": 60.0}[_choose(rng, config.banding.mains)]
            depth, exposure_s = _uniform(rng, config.banding.depth), _uniform(rng, config.banding.exposure_s)
            averaged = depth * abs(float(np.sinc(flicker_hz * exposure_s)))
            readout_s, phase = _uniform(rng, config.banding.readout_s), rng.uniform(0.0, 2 * math.pi)
            banding = r.Banding(flicker_hz=flicker_hz, depth=averaged * self.s, phase_rad=phase, readout_s=readout_s)
        return r.Light(exposure_ev=exposure, red_ev=red, blue_ev=blue, banding=banding)

    def sensor(self, config: c.Sensor | None) -> r.Sensor | None:
        rng = self.stream("sensor", config)
        if rng is None:
            return None
        log_shot = _uniform(rng, tuple(math.log(v) for v in config.shot))
        log_read = 2.18 * log_shot + 1.20 + rng.normal(0.0, config.read_spread)
        grain = _uniform(rng, config.grain_px)
        return r.Sensor(shot=math.exp(log_shot) * self.s**2, read=math.exp(log_read) * self.s**2, grain_px=grain)

    def processor(self, config: c.Processor | None) -> r.Processor | None:
        if config is None:
            return None
        denoise = sharpen = colour = None
        if (rng := self.stream("processor.temporal_denoise", config.temporal_denoise)) is not None:
            strength, threshold = (
                _uniform(rng, config.temporal_denoise.strength),
                _uniform(rng, config.temporal_denoise.threshold),
            )
            denoise = r.TemporalDenoise(strength=strength * self.s, threshold=threshold)
        if (rng := self.stream("processor.sharpen", config.sharpen)) is not None:
            sharpen = r.Sharpen(
                amount=_uniform(rng, config.sharpen.amount) * self.s, radius_px=_uniform(rng, config.sharpen.radius_px)
            )
        if (rng := self.stream("processor.colour", config.colour)) is not None:
            saturation, contrast = _uniform(rng, config.colour.saturation), _uniform(rng, config.colour.contrast)
            colour = r.Colour(saturation=1 + (saturation - 1) * self.s, contrast=1 + (contrast - 1) * self.s)
        return r.Processor(temporal_denoise=denoise, sharpen=sharpen, colour=colour)

    def delivery(self, config: c.Delivery | None) -> tuple[r.Delivery | None, float]:
        """Which frame is seen when, and the frame rate that is left."""
        if config is None:
            return None, self.fps
        times = np.arange(self.frames) / self.fps
        newest, rate = np.arange(self.frames), self.fps
        if (rng := self.stream("delivery.frame_rate", config.frame_rate)) is not None:
            drawn, phase = _uniform(rng, config.frame_rate.fps), rng.random()
            if drawn < self.fps:
                interval = 1 / self.fps + (1 / drawn - 1 / self.fps) * self.s
                rate = 1 / interval
                newest = np.floor((np.floor(times / interval + phase) - phase) * interval * self.fps + 0.5).astype(int)
        dropped, frozen = np.zeros(self.frames, bool), np.zeros(self.frames, bool)
        if (rng := self.stream("delivery.drop", config.drop)) is not None:
            share = _uniform(rng, config.drop.share) * self.s
            dropped = rng.random(self.frames) < share
        if (rng := self.stream("delivery.freeze", config.freeze)) is not None:
            per_frame = _uniform(rng, config.freeze.per_minute) / 60 / self.fps
            starts = np.flatnonzero(rng.random(self.frames) < per_frame)
            for start, place in zip(starts, rng.random(len(starts)), strict=True):
                low, high = config.freeze.length_s
                frozen[start : start + round((low + (high - low) * place) * self.s * self.fps)] = True
        shown, last = [], 0
        for captured, stands_still in zip(np.clip(newest, 0, self.frames - 1), frozen, strict=True):
            if not stands_still and not dropped[captured]:
                last = max(last, int(captured))
            shown.append(last)
        if shown == list(range(self.frames)):
            return None, rate
        return r.Delivery(shown=tuple(shown), retime_target=config.retime_target), rate

    def codec(self, config: c.Codec | None, rate: float) -> r.Codec | None:
        rng = self.stream("codec", config)
        if rng is None:
            return None
        kind = _choose(rng, config.kinds)
        bits = math.exp(_uniform(rng, tuple(math.log(v) for v in config.bits_per_pixel)))
        scale, every_s, phase = _uniform(rng, config.send_scale), _uniform(rng, config.keyframe_s), rng.random()
        bits = max(bits, TRANSPARENT_BITS_PER_PIXEL) ** (1 - self.s) * bits**self.s
        scale = scale**self.s
        width, height = (max(2, 2 * round(side * scale / 2)) for side in (self.width, self.height))
        every = max(1, round(every_s * self.fps))
        starts = (0, *range(max(1, round(every * (1 - phase))), self.frames, every))
        return r.Codec(
            kind=kind,
            kbps=max(bits * width * height * rate / 1000, LEAST_KBPS),
            fps=rate,
            width=width,
            height=height,
            starts=starts,
        )


def _uniform(rng: np.random.Generator, span: tuple[float, float]) -> float:
    return float(span[0] + (span[1] - span[0]) * rng.random())


def _odd(rng: np.random.Generator, span: tuple[int, int]) -> int:
    return int(span[0] + 2 * rng.integers(0, (span[1] - span[0]) // 2 + 1))


def _choose(rng: np.random.Generator, shares: c.Shares) -> str:
    names, place = list(shares.table().items()), rng.random()
    for name, share in names:
        place -= share
        if place < 0:
            return name
    return [name for name, share in names if share > 0][-1]
