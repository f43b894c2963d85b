"""Versions of Debian packages, and which is the newer one."""

from __future__ import annotations

import re
from itertools import zip_longest

_RELATIONS = {
    "<<": (-1,),
    "<=": (-1, 0),
    "=": (0,),
    ">=": (0, 1),
    ">>": (1,),
}


def _weight(character: str) -> int:
    """Order of a character outside numbers: `~` before the end, letters before the rest."""
    if character == "~":
        return -1
    return ord(character) if character.isalpha() else ord(character) + 256


def _part_key(part: str) -> list[tuple[list[int], int]]:
    """Take a part of a version apart into text and number in turn."""
    pieces = re.findall(r"([^0-9]*)([0-9]*)", part)
    return [
        # The 0 at the end of the text stands for its end: after `~`, before anything else.
        ([*(_weight(character) for character in text), 0], int(number or 0))
        for text, number in pieces
    ]


def _compare_parts(left: str, right: str) -> int:
    nothing = ([0], 0)
    for a, b in zip_longest(_part_key(left), _part_key(right), fillvalue=nothing):
        if a != b:
            return -1 if a < b else 1
    return 0


def _split(version: str) -> tuple[int, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, _, revision = rest.rpartition("-") if "-" in rest else (rest, "", "0")
    return int(epoch), upstream, revision


def compare_versions(left: str, right: str) -> int:
    """Return -1, 0 or 1, as `left` is older than, as new as, or newer than `right`."""
    left_epoch, *left_parts = _split(left)
    right_epoch, *right_parts = _split(right)
    if left_epoch != right_epoch:
        return -1 if left_epoch < right_epoch else 1
    for a, b in zip(left_parts, right_parts, strict=True):
        order = _compare_parts(a, b)
        if order:
            return order
    return 0


def satisfies(version: str, relation: str, wanted: str) -> bool:
    """Tell whether `version relation wanted` holds, e.g. `satisfies("1.2-1", ">=", "1.1")`."""
    return compare_versions(version, wanted) in _RELATIONS[relation]
