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
    "neutral": 0.24, "smile": 0.16, "slight_smile": 0.18, "interest": 0.12, "thought": 0.08, "doubt": 0.06,
    "laugh": 0.06, "frown": 0.04, "surprise": 0.03, "smirk": 0.03,
}  # fmt: skip
_VOWELS: dict[Vowel, float] = {"aa": 0.28, "eh": 0.26, "ee": 0.2, "oh": 0.14, "oo": 0.12}
_CONSONANTS: dict[Consonant, float] = {"mbp": 0.2, "fv": 0.12, "sz": 0.22, "lnt": 0.3, "kg": 0.16}
_GESTURES: dict[Gesturing, float] = {"talk": 0.5, "explain": 0.35, "wave": 0.15}


class Look(Ranges):
    """One kind of gaze."""

    yaw: Annotated[Spread, within(-0.6, 0.6)] = Field(
        description="where it rests, radians, positive to the person's left"
    )
    pitch: Annotated[Spread, within(-0.6, 0.6)] = Field(description="where it rests, radians, positive down")
    rest_s: Seconds = Field(description="how long it rests, seconds")


class GazeConfig(Ranges):
    """Where people look."""

    at_lens: Share = Field(0.45, description="chance of the lens where they do not look away; else it is the screen")
    away: Look = Field(
        Look(
            yaw=Spread(mean=0.0, sd=0.28, low=-0.5, high=0.5),
            pitch=Spread(mean=0.05, sd=0.1, low=-0.25, high=0.4),
            rest_s=(0.4, 1.2),
        ),
        description="places seen from straight ahead",
    )
    lens: Look = Field(
        Look(
            yaw=Spread(mean=0.0, sd=0.008, low=-0.5, high=0.5),
            pitch=Spread(mean=0.0, sd=0.008, low=-0.25, high=0.4),
            rest_s=(0.6, 3.0),
        ),
        description="places seen from the lens",
    )
    screen: Look = Field(
        Look(
            yaw=Spread(mean=0.0, sd=0.08, low=-0.5, high=0.5),
            pitch=Spread(mean=0.09, sd=0.04, low=-0.25, high=0.4),
            rest_s=(0.3, 2.0),
        ),
        description="places below the lens, seen from it",
    )


class BlinksConfig(Ranges):
    """What one blink is like."""

    closing_s: Seconds = Field((0.08, 0.12), description="the lids close, seconds")
    held_s: Annotated[Range, within(0, 5)] = Field((0.01, 0.04), description="they stay, seconds")
    opening_s: Seconds = Field((0.14, 0.23), description="they open, seconds")
    depth: Annotated[Range, within(0, 1)] = Field((0.88, 1.0), description="1 shuts them")
    with_gaze: Share = Field(0.7, description="chance that a large shift of the gaze takes a blink near it along")
    with_gaze_rad: Sd = Field(0.22, description="shifts by more than this are large, radians")


class MoodsConfig(Ranges):
    """Expressions, and what a face always wears."""

    kinds: Chances[Mood] = Field(_MOODS, description="probabilities of each")
    strength: Annotated[Range, within(0, 1)] = Field((0.3, 1.0), description="1 is full")
    onset_s: Seconds = Field((0.35, 0.9), description="how long one takes to come, seconds")
    lasts_s: Seconds = Field((1.5, 5.0), description="until the next, seconds")
    rest_eye_wide: Annotated[Range, within(0, 1)] = Field(
        (0.0, 0.06), description="how wide the eyes always are, 1 is fully"
    )
    rest_lids: Annotated[Range, within(0, 1)] = Field(
        (0.0, 0.13), description="how far the lids always hang, 1 is shut"
    )
    rest_eye_squint: Annotated[Range, within(0, 1)] = Field((0.0, 0.25), description="how far they always squint")
    rest_smile: Annotated[Range, within(0, 1)] = Field((0.05, 0.2), description="how far the mouth always smiles")
    uneven: Sd = Field(0.08, description="standard deviation of how much stronger one side of the face moves")


class NodsConfig(Ranges):
    """Nods of the head."""

    first_s: Annotated[Range, within(0, 600)] = Field(
        (0.0, 4.0), description="first chance of one, seconds after the start of the 4 s before the clip"
    )
    every_s: Seconds = Field((2.0, 6.0), description="from one chance of a nod (motion.nodding) to the next, seconds")
    size_rad: Turn = Field((0.02, 0.07), description="how far, radians")
    hertz: Annotated[Range, within(0.1, 10)] = Field((1.2, 2.4), description="how fast, nods per second")
    count: Annotated[IntRange, within(1, 20)] = Field((1, 3), description="how many times")


class BeatsConfig(Ranges):
    """Small dips of the head on stressed sounds."""

    stressed: Share = Field(0.7, description="sounds stressed more than this, 0 to 1, may have one")
    chance: Share = Field(0.12, description="of those, the share that have one")
    apart_s: Annotated[float, Field(ge=0)] = Field(0.5, description="least time between two, seconds")
    dip_rad: Turn = Field((0.008, 0.028), description="how deep, radians")
    width_s: Seconds = Field((0.11, 0.18), description="how long, seconds")
    with_brows: Share = Field(0.35, description="share that lift the brows too")
    brows: Annotated[Range, within(0, 1)] = Field((0.15, 0.5), description="by how much, 1 is fully")


class SwayConfig(Ranges):
    """Slow waves of head and trunk, each times `motion.head_motion`."""

    nod: Sd = Field(0.035, description="of the head up and down, root mean square, radians")
    tilt: Sd = Field(0.03, description="of the head to the shoulders, root mean square, radians")
    yaw: Sd = Field(0.05, description="of the head to the sides, root mean square, radians")
    lean_x: Sd = Field(0.012, description="of the trunk forwards, root mean square, radians")
    lean_y: Sd = Field(0.01, description="of the trunk sideways, root mean square, radians")
    lean_z: Sd = Field(0.015, description="turn of the trunk, root mean square, radians")
    hertz: Hertz = Field((0.06, 0.8), description="frequencies of the waves")
    slow_hertz: Annotated[float, Field(gt=0)] = Field(0.3, description="frequencies above this are weak")


class PostureConfig(Ranges):
    """How head and trunk are held through a clip, and breath."""

    nod: Sd = Field(0.03, description="of the head, standard deviation, radians")
    tilt: Sd = Field(0.04, description="of the head, standard deviation, radians")
    yaw: Sd = Field(0.08, description="of the head, standard deviation, radians")
    lean: Sd = Field(0.03, description="of the trunk, standard deviation, radians")
    to_lens: Share = Field(0.5, description="how much of the way to the camera the head is turned")
    breath_hertz: Hertz = Field((0.2, 0.33), description="breaths per second")
    breath_rad: Annotated[Range, within(0, 0.1)] = Field(
        (0.002, 0.005), description="how far a breath moves the trunk, radians"
    )


class SpeechConfig(Ranges):
    """Phrases of syllables with pauses between; a syllable is a vowel with consonants around it."""

    began_s: Annotated[Range, within(0, 60)] = Field(
        (0.0, 2.5), description="how long before the clip the first phrase began, seconds"
    )
    syllable_s: Annotated[Range, within(0.05, 2)] = Field(
        (0.165, 0.27), description="mean length of a phrase's syllables, seconds"
    )
    syllables: Annotated[IntRange, within(1, 100)] = Field((3, 12), description="in a phrase, how many")
    varies: Annotated[Range, within(0.1, 5)] = Field((0.8, 1.2), description="factor of each syllable's length")
    last_longer: Annotated[float, Field(gt=0)] = Field(1.35, description="factor of the length of a phrase's last")
    pause_s: Seconds = Field((0.25, 0.9), description="between phrases, seconds")
    stress: Annotated[Range, within(0, 1)] = Field((0.5, 1.0), description="strength of stressed syllables, 0 to 1")
    stressed: Share = Field(0.4, description="share of syllables that are stressed")
    unstressed: Share = Field(0.75, description="factor of the strength of the others")
    onset: Share = Field(0.88, description="chance of a consonant before the vowel")
    coda: Share = Field(0.2, description="chance of a consonant after the vowel")
    vowels: Chances[Vowel] = Field(_VOWELS, description="probabilities of each")
    consonants: Chances[Consonant] = Field(_CONSONANTS, description="probabilities of each before a vowel")


class Gesture(Ranges):
    """One kind of gesture; the wrist's place is seen from between the eyes, for a head of average height."""

    out_m: Annotated[Range, within(-0.6, 0.8)] = Field(description="out from the middle to the hand's own side, metres")
    forward_m: Annotated[Range, within(0, 0.8)] = Field(description="towards the camera, metres")
    up_m: Annotated[Range, within(-0.8, 0.6)] = Field(description="up, metres; negative is below the eyes")
    hertz: Hertz = Field((0.7, 1.5), description="swings per second")
    swing: Annotated[Range, within(0, 1)] = Field(
        (0.01, 0.03), description="how far it swings, metres; a wave's in radians"
    )
    shapes: Choices[HandShape] = Field(
        ("open", "relaxed", "pinch", "point"), description="shapes of the hand, equally likely"
    )


class GesturesConfig(Ranges):
    """Hands that come into the frame in the share `people.hands` of the clips."""

    kinds: Chances[Gesturing] = Field(_GESTURES, description="probabilities of each kind")
    talk: Gesture = Field(
        Gesture(out_m=(0.06, 0.14), forward_m=(0.2, 0.28), up_m=(-0.36, -0.3)), description="what one is like"
    )
    explain: Gesture = Field(
        Gesture(out_m=(0.1, 0.17), forward_m=(0.2, 0.28), up_m=(-0.32, -0.25)), description="what one is like"
    )
    wave: Gesture = Field(
        Gesture(
            out_m=(0.2, 0.26),
            forward_m=(0.14, 0.2),
            up_m=(-0.25, -0.18),
            hertz=(1.6, 2.4),
            swing=(0.15, 0.3),
            shapes=("open",),
        ),
        description="what one is like",
    )
    right: Share = Field(0.7, description="share of right hands")
    both: Share = Field(0.35, description="share of gestures with both hands, waves aside")
    most: Annotated[int, Field(ge=1, le=100)] = Field(3, description="in a clip, how many")
    earliest_s: Annotated[float, Field(ge=-10, le=0)] = Field(
        -0.5, description="the first begins no earlier, seconds from the start of the clip"
    )
    latest: Share = Field(0.35, description="the first begins no later, as a share of the clip")
    lasts_s: Seconds = Field((1.6, 3.2), description="how long one takes, seconds")
    reach_s: Seconds = Field((0.5, 0.75), description="of that the hand comes up, and goes down, in so many seconds")
    twist_rad: Turn = Field((-0.3, 0.5), description="turn of the wrist, radians")
    pause_s: Annotated[Range, within(0, 600)] = Field((0.6, 1.5), description="until the next, seconds")


class MotionConfig(Ranges):
    """How people move. Blinks: 95% of people, 10.5-32.5 per minute in conversation, 8-21 in silence (Doughty 2001)."""

    blinks_talking_per_minute: Annotated[Range, within(0.1, 120)] = Field(
        (12.0, 30.0), description="mean rate of a clip in which the person talks"
    )
    blinks_silent_per_minute: Annotated[Range, within(0.1, 120)] = Field(
        (9.5, 19.5), description="mean rate of a clip in which the person is silent"
    )
    talking: Share = Field(0.75, description="share of clips in which the person talks")
    look_away: Share = Field(0.25, description="share of glances that go neither to lens nor screen")
    nodding: Share = Field(0.5, description="chance of a nod, each nods.every_s")
    head_motion: Annotated[Range, within(0, 10)] = Field((0.4, 1.3), description="factor of sway and beats")
    performance: str | None = Field(
        None, description="path of a Live Link Face CSV that replaces the drawn motion of face, head and hands"
    )
    gaze: GazeConfig = Field(GazeConfig(), description="where people look")
    blinks: BlinksConfig = Field(BlinksConfig(), description="what a blink is like")
    moods: MoodsConfig = Field(MoodsConfig(), description="expressions")
    nods: NodsConfig = Field(NodsConfig(), description="nods")
    beats: BeatsConfig = Field(BeatsConfig(), description="dips of the head in speech")
    sway: SwayConfig = Field(SwayConfig(), description="slow waves of head and trunk")
    posture: PostureConfig = Field(PostureConfig(), description="how head and trunk are held")
    speech: SpeechConfig = Field(SpeechConfig(), description="sounds")
    gestures: GesturesConfig = Field(GesturesConfig(), description="hands")
