"""Which methods votes can tell apart: letters for every pair, and groups in a row for ranks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from string import ascii_letters

Differs = Mapping[str, Mapping[str, bool]]
"""`differs[a][b]`: whether the scores of a and b differ at 95%, for every pair, both ways."""


def groups_of(order: Sequence[str], differs: Differs) -> list[list[str]]:
    """The methods (best first) cut into groups that follow each other: none differs from the best of its group.

    A group ends before the first method that differs from its best, which begins the next. Two methods of one group
    may still differ from each other, and two of neighbouring groups may not; `letters_of` tells of every pair.
    """
    groups: list[list[str]] = []
    for method in order:
        if not groups or differs[groups[-1][0]][method]:
            groups.append([])
        groups[-1].append(method)
    return groups


def letters_of(order: Sequence[str], differs: Differs) -> dict[str, str]:
    """Compact letter display (Piepho 2004) by method: two methods share a letter exactly if they do not differ.

    Each letter is a largest set of methods of which no two differ; `a` goes to the one with the best method in it.
    """
    sets: list[set[str]] = []
    for method in order:
        same = {other for other in order if other != method and not differs[method][other]}
        grown = [{method} | (found & same) for found in sets if found & same]
        sets += [{method}, *grown]
        sets = [found for found in sets if not any(found < other for other in sets)]
        sets = [found for k, found in enumerate(sets) if found not in sets[:k]]
    place = {method: k for k, method in enumerate(order)}
    sets.sort(key=lambda found: sorted(place[method] for method in found))
    return {method: "".join(_name(k) for k, found in enumerate(sets) if method in found) for method in order}


def _name(number: int) -> str:
    return ascii_letters[number] if number < len(ascii_letters) else chr(0x391 + number)
