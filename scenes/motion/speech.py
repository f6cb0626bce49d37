"""A mouth that talks: syllables drawn from a generator -> face action curves with coarticulation.

Each sound pulls the mouth towards its shape with a dominance that rises before it and falls after it; overlapping
sounds share the mouth by their dominance (Cohen and Massaro 1993, "Modeling coarticulation in synthetic visual
speech"). People speak 3-6 syllables a second (Greenberg et al. 2003) in phrases with pauses between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import numpy as np

from core.ranges import any_of, choice, integer, uniform
from scenes.motion.config import SpeechConfig
from scenes.motion.record import Consonant, Sound, Viseme, Vowel

# Mouth shapes by sound, as face actions at full strength; names without a side mean both sides.
VISEMES: dict[Viseme, dict[str, float]] = {
    "aa": {"jawOpen": 0.42, "mouthLowerDown": 0.2, "mouthUpperUp": 0.1},
    "eh": {"jawOpen": 0.25, "mouthStretch": 0.25, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12},
    "ee": {"jawOpen": 0.1, "mouthStretch": 0.35, "mouthSmile": 0.25, "mouthLowerDown": 0.3, "mouthUpperUp": 0.15},
    "oh": {"jawOpen": 0.28, "mouthFunnel": 0.4, "mouthPucker": 0.15},
    "oo": {"jawOpen": 0.1, "mouthPucker": 0.5, "mouthFunnel": 0.3},
    "mbp": {"mouthPress": 0.4, "mouthRollLower": 0.25, "mouthRollUpper": 0.2},
    "fv": {"mouthRollLower": 0.35, "mouthUpperUp": 0.2, "jawOpen": 0.05},
    "sz": {"jawOpen": 0.06, "mouthStretch": 0.15, "mouthLowerDown": 0.25},
    "lnt": {"jawOpen": 0.15, "mouthLowerDown": 0.15},
    "kg": {"jawOpen": 0.12, "mouthLowerDown": 0.12, "mouthUpperUp": 0.06},
}
_VOWELS, _CONSONANTS = get_args(Vowel), get_args(Consonant)
# How strongly a sound insists on its shape: closed lips win over any vowel, a tongue sound hardly minds.
_DOMINANCE = {"mbp": 3.5, "fv": 2.5, "sz": 1.2, "lnt": 0.7, "kg": 0.6}
_REST = 0.12


def draw_speech(config: SpeechConfig, seconds: float, rng: np.random.Generator) -> tuple[Sound, ...]:
    """Sounds in order; the first may have begun before the clip."""
    sounds: list[Sound] = []
    t = -uniform(rng, config.began_s)
    while t < seconds:
        pace, count = uniform(rng, config.syllable_s), integer(rng, config.syllables)
        for k in range(count):
            stress = uniform(rng, config.stress) * (1.0 if rng.random() < config.stressed else config.unstressed)
            long = pace * uniform(rng, config.varies) * (config.last_longer if k == count - 1 else 1.0)
            onset = [choice(rng, config.consonants)] if rng.random() < config.onset else []
            vowel = choice(rng, config.vowels)
            coda = [any_of(rng, _CONSONANTS)] if rng.random() < config.coda else []
            parts: list[Viseme] = [*onset, vowel, *coda]
            shares = np.array([1.5 if part in _VOWELS else 1.0 for part in parts])
            for part, share in zip(parts, shares / shares.sum(), strict=True):
                length = long * float(share)
                if t + length > 0:
                    sounds.append(Sound(round(t, 4), part, round(stress, 3), round(length, 4)))
                t += length
        t += uniform(rng, config.pause_s)
    return tuple(sound for sound in sounds if sound.start_s < seconds)


def mouth(t: np.ndarray, sounds: Sequence[Sound]) -> dict[str, np.ndarray]:
    """Action curves over the times `t` `(T,)` seconds, by action name without side."""
    total = np.full(len(t), _REST)
    pull: dict[str, np.ndarray] = {}
    for start, viseme, stress, length in sounds:
        middle, reach = start + length / 2, 0.75 * max(length, 0.07)
        weight = _DOMINANCE.get(viseme, 1.0) * np.exp(-(((t - middle) / reach) ** 2))
        total += weight
        # A stressed vowel opens wider; consonants are made in full whatever the stress.
        size = stress if viseme in _VOWELS else 1.0
        for action, value in VISEMES[viseme].items():
            pull[action] = pull.get(action, 0.0) + weight * size * value
    return {action: values / total for action, values in pull.items()}
