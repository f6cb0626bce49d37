"""Letters and groups by hand, where what differs is no simple chain."""

from __future__ import annotations

from itertools import combinations

import pytest

from core.rng import rng_for
from score.preference.groups import groups_of, letters_of


def differing(methods: str, pairs: str) -> dict[str, dict[str, bool]]:
    """`pairs` such as "ac bd": those that differ."""
    apart = {frozenset(pair) for pair in pairs.split()}
    return {a: {b: frozenset((a, b)) in apart for b in methods if b != a} for a in methods}


@pytest.mark.parametrize(
    ("pairs", "letters", "groups"),
    [
        ("", "a a a a", "PQRS"),
        ("PQ PR PS QR QS RS", "a b c d", "P Q R S"),
        # neighbours are alike, others are not: a chain
        ("PR PS QS", "a ab bc c", "PQ RS"),
        ("PS", "a ab ab b", "PQR S"),
        # Q and R differ from each other, but neither from the best: one group, two letters
        ("QR PS QS RS", "ab a b c", "PQR S"),
        # an uncertain third (few votes) is not told from the best, though the second is
        ("PQ PS QS RS", "a b ab c", "P QR S"),
    ],
)
def test_by_hand(pairs: str, letters: str, groups: str) -> None:
    differs = differing("PQRS", pairs)
    assert letters_of("PQRS", differs) == dict(zip("PQRS", letters.split(), strict=True))
    assert ["".join(group) for group in groups_of("PQRS", differs)] == groups.split()


def test_two_share_a_letter_exactly_if_they_do_not_differ() -> None:
    methods = "klmnopqrst"
    for study in range(40):
        apart = [pair for pair in combinations(methods, 2) if rng_for(study, "".join(pair), "test").random() < 0.4]
        differs = differing(methods, " ".join("".join(pair) for pair in apart))
        letters = letters_of(methods, differs)
        for a, b in combinations(methods, 2):
            assert bool(set(letters[a]) & set(letters[b])) != differs[a][b]
        assert all(letters.values())
