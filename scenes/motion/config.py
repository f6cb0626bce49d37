"""How people may move: gaze, blinks, moods, head and posture, speech, hands."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from core.ranges import Chances, Choices, IntRange, Range, Ranges, Sd, Share, Spread, within
from scenes.motion.record import Consonant, Gesturing, HandShape, Mood, Vowel

Seconds = Annotated[Range, within(0.01, 600)]
Hertz = Annotated[Range, within(0, 10)]
Turn = Annotated[Range, within(-1.5, 1.5)]
_MOODS: dict[Mood, float] = {
    "neutral": 0.3, "smile": 0.16, "slight_smile": 0.22, "interest": 0.14, "thought": 0.1, "doubt": 0.08,
}  # fmt: skip
_VOWELS: dict[Vowel, float] = {"aa": 0.28, "eh": 0.26, "ee": 0.2, "oh": 0.14, "oo": 0.12}
_CONSONANTS: dict[Consonant, float] = {"mbp": 0.2, "fv": 0.12, "sz": 0.22, "lnt": 0.3, "kg": 0.16}
_GESTURES: dict[Gesturing, float] = {"talk": 0.5, "explain": 0.35, "wave": 0.15}


class Look(Ranges):
    """One kind of gaze: where it rests, radians (left and down are positive), and how long."""

    yaw: Annotated[Spread, within(-0.6, 0.6)]
    pitch: Annotated[Spread, within(-0.6, 0.6)]
    rest_s: Seconds


class GazeConfig(Ranges):
    """Where people look: `away`, from straight ahead; the rest of the time at the `lens` with the chance `at_lens`,
    else at the `screen` below it, both from the lens.
    """

    at_lens: Share = 0.45
    away: Look = Look(
        yaw=Spread(mean=0.0, sd=0.28, low=-0.5, high=0.5),
        pitch=Spread(mean=0.05, sd=0.1, low=-0.25, high=0.4),
        rest_s=(0.4, 1.2),
    )
    lens: Look = Look(
        yaw=Spread(mean=0.0, sd=0.008, low=-0.5, high=0.5),
        pitch=Spread(mean=0.0, sd=0.008, low=-0.25, high=0.4),
        rest_s=(0.6, 3.0),
    )
    screen: Look = Look(
        yaw=Spread(mean=0.0, sd=0.08, low=-0.5, high=0.5),
        pitch=Spread(mean=0.09, sd=0.04, low=-0.25, high=0.4),
        rest_s=(0.3, 2.0),
    )


class BlinksConfig(Ranges):
    """One blink: seconds that the lids close, stay, open; `depth` 1 shuts them. `with_gaze`: the chance that a shift of
    the gaze by more than `with_gaze_rad` takes a blink that is near along.
    """

    closing_s: Seconds = (0.08, 0.12)
    held_s: Annotated[Range, within(0, 5)] = (0.01, 0.04)
    opening_s: Seconds = (0.14, 0.23)
    depth: Annotated[Range, within(0, 1)] = (0.88, 1.0)
    with_gaze: Share = 0.7
    with_gaze_rad: Sd = 0.22


class MoodsConfig(Ranges):
    """Expressions: chances, strength (1 is full), seconds to come and until the next. `rest_*`: what a face always
    wears. `uneven`: standard deviation of how much stronger one side of it moves.
    """

    kinds: Chances[Mood] = _MOODS
    strength: Annotated[Range, within(0, 1)] = (0.3, 1.0)
    onset_s: Seconds = (0.35, 0.9)
    lasts_s: Seconds = (1.5, 5.0)
    rest_eye_wide: Annotated[Range, within(0, 1)] = (0.0, 0.15)
    rest_eye_squint: Annotated[Range, within(0, 1)] = (0.0, 0.25)
    rest_smile: Annotated[Range, within(0, 1)] = (0.05, 0.2)
    uneven: Sd = 0.08


class NodsConfig(Ranges):
    """Nods: a chance of one (`motion.nodding`) every `every_s`, first within `first_s` of the start; how far, how fast
    and how many times.
    """

    first_s: Annotated[Range, within(0, 600)] = (0.0, 4.0)
    every_s: Seconds = (2.0, 6.0)
    size_rad: Turn = (0.02, 0.07)
    hertz: Annotated[Range, within(0.1, 10)] = (1.2, 2.4)
    count: Annotated[IntRange, within(1, 20)] = (1, 3)


class BeatsConfig(Ranges):
    """Small dips of the head on stressed sounds: the `chance` on a sound stressed more than `stressed`, at least
    `apart_s` after the last. Dip and width; `with_brows`: the share that lift the brows, by `brows`.
    """

    stressed: Share = 0.7
    chance: Share = 0.12
    apart_s: Annotated[float, Field(ge=0)] = 0.5
    dip_rad: Turn = (0.008, 0.028)
    width_s: Seconds = (0.11, 0.18)
    with_brows: Share = 0.35
    brows: Annotated[Range, within(0, 1)] = (0.15, 0.5)


class SwayConfig(Ranges):
    """Slow waves of head (`nod`, `tilt`, `yaw`) and trunk (`lean_*`, about three axes): root mean square in radians,
    times `motion.head_motion`. Their frequencies, of which those above `slow_hertz` are weak.
    """

    nod: Sd = 0.035
    tilt: Sd = 0.03
    yaw: Sd = 0.05
    lean_x: Sd = 0.012
    lean_y: Sd = 0.01
    lean_z: Sd = 0.015
    hertz: Hertz = (0.06, 0.8)
    slow_hertz: Annotated[float, Field(gt=0)] = 0.3


class PostureConfig(Ranges):
    """How head and trunk are held through a clip: standard deviations in radians. `to_lens`: how much of the way the
    head turns to the camera. Breath: how fast, and how far it moves the trunk.
    """

    nod: Sd = 0.03
    tilt: Sd = 0.04
    yaw: Sd = 0.08
    lean: Sd = 0.03
    to_lens: Share = 0.5
    breath_hertz: Hertz = (0.2, 0.33)
    breath_rad: Annotated[Range, within(0, 0.1)] = (0.002, 0.005)


class SpeechConfig(Ranges):
    """Phrases of `syllables`, each phrase with its own `syllable_s`, which varies by `varies` from syllable to syllable
    and is `last_longer` at the end; pauses between; the first phrase began up to `began_s` before the clip.

    A syllable is a vowel, with the chance `onset` of a consonant before it and `coda` (any) after it. `stress`:
    strength, of which the unstressed (all but the share `stressed`) have the part `unstressed`.
    """

    began_s: Annotated[Range, within(0, 60)] = (0.0, 2.5)
    syllable_s: Annotated[Range, within(0.05, 2)] = (0.165, 0.27)
    syllables: Annotated[IntRange, within(1, 100)] = (3, 12)
    varies: Annotated[Range, within(0.1, 5)] = (0.8, 1.2)
    last_longer: Annotated[float, Field(gt=0)] = 1.35
    pause_s: Seconds = (0.25, 0.9)
    stress: Annotated[Range, within(0, 1)] = (0.5, 1.0)
    stressed: Share = 0.4
    unstressed: Share = 0.75
    onset: Share = 0.88
    coda: Share = 0.2
    vowels: Chances[Vowel] = _VOWELS
    consonants: Chances[Consonant] = _CONSONANTS


class Gesture(Ranges):
    """One kind of gesture. The wrist's place from between the eyes for a head of average height, metres: out from the
    middle, towards the camera, up. It swings by `swing` (metres; a wave's in radians). Shapes are equally likely.
    """

    out_m: Annotated[Range, within(-0.6, 0.8)]
    forward_m: Annotated[Range, within(0, 0.8)]
    up_m: Annotated[Range, within(-0.8, 0.6)]
    hertz: Hertz = (0.7, 1.5)
    swing: Annotated[Range, within(0, 1)] = (0.01, 0.03)
    shapes: Choices[HandShape] = ("open", "relaxed", "pinch", "point")


class GesturesConfig(Ranges):
    """Hands of the share `people.hands`: chances of each kind in `kinds`, and what each is like.

    `right`: the share of right hands; `both`: of gestures with two, waves aside. The first begins between `earliest_s`
    and the share `latest` of the clip, others `pause_s` after the last, at most `most`. Seconds it lasts, and comes up
    and goes down in; `twist_rad` of the wrist.
    """

    kinds: Chances[Gesturing] = _GESTURES
    talk: Gesture = Gesture(out_m=(0.06, 0.14), forward_m=(0.2, 0.28), up_m=(-0.36, -0.3))
    explain: Gesture = Gesture(out_m=(0.1, 0.17), forward_m=(0.2, 0.28), up_m=(-0.32, -0.25))
    wave: Gesture = Gesture(
        out_m=(0.2, 0.26), forward_m=(0.14, 0.2), up_m=(-0.25, -0.18),
        hertz=(1.6, 2.4), swing=(0.15, 0.3), shapes=("open",),
    )  # fmt: skip
    right: Share = 0.7
    both: Share = 0.35
    most: Annotated[int, Field(ge=1, le=100)] = 3
    earliest_s: Annotated[float, Field(ge=-10, le=0)] = -0.5
    latest: Share = 0.35
    lasts_s: Seconds = (1.6, 3.2)
    reach_s: Seconds = (0.5, 0.75)
    twist_rad: Turn = (-0.3, 0.5)
    pause_s: Annotated[Range, within(0, 600)] = (0.6, 1.5)


class MotionConfig(Ranges):
    """How they move. `performance`: a Live Link Face CSV that replaces the drawn motion of face, head and hands.

    Blinks a minute: within the 95% intervals of Doughty 2001, 10.5-32.5 in conversation, 8-21 looking ahead in silence.
    `talking`, `look_away`, `nodding`: chances of a clip, a glance, a nod. `head_motion`: a factor of sway and beats.
    """

    blinks_talking_per_minute: Annotated[Range, within(0.1, 120)] = (12.0, 30.0)
    blinks_silent_per_minute: Annotated[Range, within(0.1, 120)] = (9.5, 19.5)
    talking: Share = 0.75
    look_away: Share = 0.25
    nodding: Share = 0.5
    head_motion: Annotated[Range, within(0, 10)] = (0.4, 1.3)
    performance: str | None = None
    gaze: GazeConfig = GazeConfig()
    blinks: BlinksConfig = BlinksConfig()
    moods: MoodsConfig = MoodsConfig()
    nods: NodsConfig = NodsConfig()
    beats: BeatsConfig = BeatsConfig()
    sway: SwayConfig = SwayConfig()
    posture: PostureConfig = PostureConfig()
    speech: SpeechConfig = SpeechConfig()
    gestures: GesturesConfig = GesturesConfig()
