"""How often the 95% intervals of a ranking hold the truth over simulated studies, and how often plain ones do.

python benchmarks/score_coverage.py [--studies 200]
"""

from __future__ import annotations

import argparse

import numpy as np
from scipy import stats

from core.rng import rng_for
from score.preference.rank import outcomes, rank
from score.preference.screening import screen
from score.preference.simulated_votes import Crowd, population_strengths, simulate_votes
from score.preference.strengths import Design, fit, resampled_spread
from score.preference.votes import methods_of

STRENGTHS = {"a": 0.8, "b": 0.3, "c": 0.0, "d": -0.3, "e": -0.8}
SAME = dict.fromkeys("abcde", 0.0)
SOME = Crowd(24, 30, 60, rater_spread=0.3, clip_spread=0.3, careless=0.125, reason=0.0)
CROWDS = {
    "no spread": (STRENGTHS, Crowd(30, 40, 60, rater_spread=0.0, clip_spread=0.0, careless=0.1, reason=0.0)),
    "some spread": (STRENGTHS, SOME),
    "much spread": (STRENGTHS, Crowd(20, 20, 100, rater_spread=0.6, clip_spread=0.6, careless=0.1, reason=0.0)),
    "some spread, methods alike": (SAME, SOME),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--studies", type=int, default=200)
    studies = parser.parse_args().studies
    print(f"share of {studies} studies x {len(STRENGTHS)} methods whose 95% interval holds the truth")
    print(f"{'crowd':28s} {'raters and clips':>18s} {'answers alone':>15s} {'design effect':>15s}")
    for name, (strengths, crowd) in CROWDS.items():
        truth = population_strengths(strengths, crowd)
        clustered, alone, effects = [], [], []
        for study in range(studies):
            votes = simulate_votes(strengths, crowd, study)
            question = rank(votes, resamples=150, seed=study).questions["vote"]
            clustered += [s.low <= np.exp(truth[s.method]) <= s.high for s in question.strengths]
            effects.append(question.design_effect)
            alone += _alone(votes, truth, study)
        print(f"{name:28s} {np.mean(clustered):18.3f} {np.mean(alone):15.3f} {np.mean(effects):15.2f}")


def _alone(votes, truth, seed: int) -> list[bool]:
    """The same votes with every answer taken as a rater and a clip of its own."""
    kept, _ = screen(votes)
    design = Design(methods_of(kept))
    cells, shares = outcomes(kept, design, "sign")
    own = [str(k) for k in range(len(kept))]
    log, _ = fit(design, np.bincount(cells[:, 0], shares[:, 0], design.cells))
    found = resampled_spread(design, cells[:, 0], own, own, shares[:, 0], rng_for(seed, "study", "alone"), 150)
    error = stats.norm.ppf(0.975) * np.sqrt(np.diag(found.independent))
    return [abs(log[k] - truth[method]) <= error[k] for k, method in enumerate(design.methods)]


if __name__ == "__main__":
    main()
