"""Bradley-Terry with ties fitted to many resamples at once: Newton's method on the likelihood, in batches of arrays."""

from __future__ import annotations

import numpy as np

STEPS = 60
ENOUGH = 1e-7
LARGEST_STEP = 2.0


def fit_many(weights: np.ndarray, pairs: np.ndarray, methods: int, half: bool, start: np.ndarray) -> np.ndarray:
    """Log strengths `(B, methods)`, mean 0, of `B` tables of outcomes `weights` `(B, pairs, 3)`: first, tie, second.

    The model (Davidson 1970) is a multinomial logit: an outcome's log weight is theta_i, (theta_i + theta_j) / 2 +
    log nu or theta_j. Its likelihood is concave, so Newton's steps with a bound on their length find the one maximum;
    `half` drops the tie parameter and counts a tie as half a win for each. `start`: log strengths `(methods,)` near
    the answer. Every table must have a finite answer.
    """
    batch = len(weights)
    features = _features(pairs, methods, half)
    if half:
        weights = np.stack([weights[..., 0] + weights[..., 1] / 2, weights[..., 2] + weights[..., 1] / 2], axis=-1)
    seen = weights.sum(axis=-1)
    size = features.shape[-1]
    beta = np.zeros((batch, size))
    beta[:, :methods] = start
    # strengths are known up to a constant only, and log nu may run off where no ties were drawn: hold both a little
    hold = np.full(size, 1e-9)
    fixed = np.zeros((size, size))
    fixed[:methods, :methods] = 1.0
    for _ in range(STEPS):
        logits = np.einsum("pof,bf->bpo", features, beta)
        logits -= logits.max(axis=-1, keepdims=True)
        share = np.exp(logits)
        share /= share.sum(axis=-1, keepdims=True)
        slope = np.einsum("bpo,pof->bf", weights - seen[..., None] * share, features) - hold * beta
        centre = np.einsum("bpo,pof->bpf", share, features)
        curve = np.einsum("bpo,pof,pog->bfg", seen[..., None] * share, features, features, optimize=True)
        curve -= np.einsum("bp,bpf,bpg->bfg", seen, centre, centre, optimize=True)
        step = np.linalg.solve(curve + np.diag(hold) + fixed, slope[..., None])[..., 0]
        longest = np.abs(step).max(axis=-1, keepdims=True)
        beta += step * np.minimum(1, LARGEST_STEP / np.maximum(longest, LARGEST_STEP))
        if longest.max() < ENOUGH:
            break
    strengths = beta[:, :methods]
    return strengths - strengths.mean(axis=1, keepdims=True)


def _features(pairs: np.ndarray, methods: int, half: bool) -> np.ndarray:
    """`(pairs, outcomes, parameters)`: what each outcome of each pair draws on."""
    first, second = np.eye(methods)[pairs[:, 0]], np.eye(methods)[pairs[:, 1]]
    if half:
        return np.stack([first, second], axis=1)
    nothing, tie = np.zeros((len(pairs), 1)), np.ones((len(pairs), 1))
    outcomes = ((first, nothing), ((first + second) / 2, tie), (second, nothing))
    return np.stack([np.concatenate(parts, axis=1) for parts in outcomes], axis=1)
