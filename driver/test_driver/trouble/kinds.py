"""The kinds of trouble, from the one list that Nix reads, too: `kinds.json`."""

import functools
import json
import re
from importlib import resources

OOPS = "kernel-oops"
WARNING = "kernel-warning"
STALL = "stall"
OOM = "oom"
CORE_DUMP = "core-dump"
FAILED_UNIT = "failed-unit"
SANITIZER = "sanitizer"
# The kernel does not say which unit these are about.
WITHOUT_UNIT = (OOPS, WARNING, STALL)


Rules = tuple[tuple[str, re.Pattern[str]], ...]


def compiled(*rules: tuple[str, str]) -> Rules:
    """Return the kinds of trouble with the compiled patterns of the lines that report them."""
    return tuple((kind, re.compile(pattern)) for kind, pattern in rules)


@functools.cache
def kinds() -> dict[str, str]:
    """Return what each kind means, by its name."""
    text = resources.files(__package__).joinpath("kinds.json").read_text(encoding="utf-8")
    described: dict[str, str] = json.loads(text)
    return described


def expected_kinds() -> str:
    """Return the names of all kinds, for messages."""
    return ", ".join(kinds())


def check_kind(kind: str, unit: str | None = None) -> None:
    """Raise ValueError if there is no such kind, or if it is about no unit."""
    if kind not in kinds():
        raise ValueError(f"{kind!r} is no kind of trouble; the kinds are {expected_kinds()}")
    if unit is not None and kind in WITHOUT_UNIT:
        raise ValueError(f"the kernel names no unit with {kind}: leave out unit={unit!r}")
