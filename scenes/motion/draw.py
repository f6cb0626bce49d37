"""How a person moves on a call: every event of a clip, drawn from a generator into one record.

Sources of the ranges: blinks 10.5-32.5 a minute in conversation and 8-21 looking ahead in silence (Doughty 2001); a
blink closes in about 0.1 s, opens more slowly, and lasts 0.1-0.4 s (Stern, Walrath and Goldstein 1984; Schiffman
2001). Gaze rests 0.3-3 s between shifts, and a large shift often takes a blink with it (Evinger et al. 1994).
"""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np

from core.ranges import choice, clamp, integer, uniform
from scenes.motion import config as c
from scenes.motion.gestures import ANY_PHASE, draw_gestures
from scenes.motion.performance import draw_excerpt
from scenes.motion.record import Beat, Blink, Excerpt, Expression, Fixation, Motion, Nod, Sound, Still, Sway, Wave
from scenes.motion.speech import draw_speech

_BEFORE_S = 4.0  # events are drawn from before the clip, so that it begins in the middle of things
_WAVES = 5


def draw_motion(
    config: c.MotionConfig, frames: int, fps: float, lens: tuple[float, float], hands: float, rng: np.random.Generator
) -> Motion | Excerpt:
    """Every event of a clip, or the excerpt of a performance.

    `lens`: where the camera is seen from between the eyes, radians of yaw and pitch (positive: to the person's left,
    down). `hands`: the chance that a hand comes into the frame.
    """
    seconds = frames / fps
    if config.performance is not None:
        return draw_excerpt(config.performance, seconds, rng)
    talking = bool(rng.random() < config.talking)
    rate = uniform(rng, config.blinks_talking_per_minute if talking else config.blinks_silent_per_minute)
    gaze = _draw_gaze(config.gaze, config.look_away, seconds, lens, rng)
    sounds = draw_speech(config.speech, seconds, rng) if talking else ()
    strength = uniform(rng, config.head_motion)
    posture, moods = config.posture, config.moods
    still = _draw_still(posture, lens, rng)
    motion = Motion(
        seconds=seconds,
        talking=talking,
        lens=(round(lens[0], 4), round(lens[1], 4)),
        blinks_per_minute=round(rate, 3),
        blinks=_draw_blinks(config.blinks, rate, gaze, seconds, rng),
        gaze=gaze,
        sounds=sounds,
        expressions=_draw_moods(moods, seconds, rng),
        rest={
            "eyeWide": round(uniform(rng, moods.rest_eye_wide), 3),
            "eyeSquint": round(uniform(rng, moods.rest_eye_squint), 3),
            "mouthSmile": round(uniform(rng, moods.rest_smile), 3),
        },
        uneven=(round(rng.normal(0, moods.uneven), 3), round(rng.normal(0, moods.uneven), 3)),
        nods=_draw_nods(config.nods, config.nodding, seconds, rng),
        beats=_draw_beats(config.beats, sounds, strength, rng),
        sway=_draw_sway(config.sway, strength, rng),
        breath=Wave(*(round(uniform(rng, pair), 4) for pair in (posture.breath_hertz, posture.breath_rad, ANY_PHASE))),
        still=still,
        gestures=draw_gestures(config.gestures, seconds, rng) if rng.random() < hands else (),
    )
    return replace(motion, rest=motion.rest | {"eyeBlink": round(uniform(rng, moods.rest_lids), 3)})


def _draw_still(config: c.PostureConfig, lens: tuple[float, float], rng: np.random.Generator) -> Still:
    sds = (config.nod, config.tilt, config.yaw, config.lean)
    nod, tilt, yaw, lean = (round(rng.normal(0, sd), 4) for sd in sds)
    # People turn the head towards what they look at most.
    return Still(nod + config.to_lens * lens[1], tilt, yaw + config.to_lens * lens[0], lean)


def _draw_gaze(
    config: c.GazeConfig, look_away: float, seconds: float, lens: tuple[float, float], rng: np.random.Generator
) -> tuple[Fixation, ...]:
    """The lens, places on the screen below it, or away from both."""
    gaze, t = [], -_BEFORE_S
    while t < seconds:
        kind = rng.random()
        if kind < look_away:
            look, (x, y) = config.away, (0.0, 0.0)
        else:
            look, (x, y) = config.lens if kind < look_away + config.at_lens * (1 - look_away) else config.screen, lens
        yaw = clamp(x + rng.normal(look.yaw.mean, look.yaw.sd), look.yaw)
        pitch = clamp(y + rng.normal(look.pitch.mean, look.pitch.sd), look.pitch)
        gaze.append(Fixation(round(t, 4), round(yaw, 4), round(pitch, 4)))
        t += uniform(rng, look.rest_s)
    return tuple(gaze)


def _draw_blinks(
    config: c.BlinksConfig, rate: float, gaze: tuple[Fixation, ...], seconds: float, rng: np.random.Generator
) -> tuple[Blink, ...]:
    """A blink near a large gaze shift moves onto it."""
    starts, t = [], -_BEFORE_S
    while t < seconds:
        pause = max(60 / rate - 0.5, 0.2)
        t += 0.5 + float(rng.gamma(2.0, pause / 2.0))
        starts.append(t)
    for before, after in itertools.pairwise(gaze):
        far, when = np.hypot(after.yaw - before.yaw, after.pitch - before.pitch) > config.with_gaze_rad, after.start_s
        if far and rng.random() < config.with_gaze:
            i = int(np.argmin([abs(start - when) for start in starts]))
            if abs(starts[i] - when) < 0.6:
                starts[i] = when - 0.03
    starts.sort()
    kept = [start for i, start in enumerate(starts) if i == 0 or start - starts[i - 1] > 0.45]
    parts = (config.closing_s, config.held_s, config.opening_s, config.depth)
    return tuple(
        Blink(round(start, 4), *(round(uniform(rng, pair), 4) for pair in parts))
        for start in kept
        if -0.5 < start < seconds
    )


def _draw_moods(config: c.MoodsConfig, seconds: float, rng: np.random.Generator) -> tuple[Expression, ...]:
    moods, t = [], -_BEFORE_S
    while t < seconds:
        name = choice(rng, config.kinds)
        strength, onset = round(uniform(rng, config.strength), 3), round(uniform(rng, config.onset_s), 3)
        moods.append(Expression(round(t, 4), name, strength, onset))
        t += uniform(rng, config.lasts_s)
    return tuple(moods)


def _draw_nods(config: c.NodsConfig, nodding: float, seconds: float, rng: np.random.Generator) -> tuple[Nod, ...]:
    nods, t = [], -_BEFORE_S + uniform(rng, config.first_s)
    while t < seconds:
        if rng.random() < nodding:
            size, hertz = round(uniform(rng, config.size_rad), 4), round(uniform(rng, config.hertz), 3)
            nods.append(Nod(round(t, 4), size, hertz, integer(rng, config.count)))
        t += uniform(rng, config.every_s)
    return tuple(nods)


def _draw_beats(
    config: c.BeatsConfig, sounds: tuple[Sound, ...], strength: float, rng: np.random.Generator
) -> tuple[Beat, ...]:
    """Small dips of the head (and lifts of the brows) on stressed sounds."""
    beats: list[Beat] = []
    for start, _, stress, length in sounds:
        if stress <= config.stressed or rng.random() >= config.chance:
            continue
        if not beats or start - beats[-1].time_s > config.apart_s:
            dip = strength * uniform(rng, config.dip_rad)
            brows = uniform(rng, config.brows) if rng.random() < config.with_brows else 0.0
            width = uniform(rng, config.width_s)
            beats.append(Beat(round(start + length / 2, 4), round(dip, 4), round(width, 3), round(brows, 3)))
    return tuple(beats)


def _draw_sway(config: c.SwayConfig, strength: float, rng: np.random.Generator) -> Sway:
    """A few slow waves for each way that head and trunk sway."""
    sway = {}
    for name in ("nod", "tilt", "yaw", "lean_x", "lean_y", "lean_z"):
        hertz = rng.uniform(*config.hertz, _WAVES)
        amount = rng.normal(0, 1, _WAVES) / (1 + (hertz / config.slow_hertz) ** 2)
        amount *= getattr(config, name) * strength / max(float(np.sqrt((amount**2).sum() / 2)), 1e-6)
        rows = zip(hertz, amount, rng.uniform(0, 2 * np.pi, _WAVES), strict=True)
        sway[name] = tuple(Wave(*(round(float(x), 5) for x in row)) for row in rows)
    return Sway(**sway)
