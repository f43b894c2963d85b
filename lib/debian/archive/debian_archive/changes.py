"""What differs between two locks, as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .lock import Lock, LockedPackage, LockedWheel

Pin = LockedPackage | LockedWheel


def pin_changes(before: Mapping[str, Pin], after: Mapping[str, Pin]) -> list[str]:
    """Return a line for each package that was added, removed or changed."""
    lines = []
    for name in sorted({*before, *after}):
        was, now = before.get(name), after.get(name)
        if was is None and now is not None:
            lines.append(f"+ {name} {now.version}")
        elif was is not None and now is None:
            lines.append(f"- {name} {was.version}")
        elif was is not None and now is not None and was != now:
            lines.append(f"  {name} {was.version} -> {_described(was, now)}")
    return lines


def _described(was: Pin, now: Pin) -> str:
    if was.version != now.version:
        return now.version
    what = "the file" if was.sha256 != now.sha256 else "what is locked of it"
    return f"{now.version} ({what} changed)"


def gone_line(gone: Iterable[tuple[str, str, str]], new: Lock) -> str:
    """Say which packages (suite, name, version) have gone, and what stands for them now."""
    parts = []
    for suite, name, version in sorted(set(gone)):
        now = new.suites[suite].packages.get(name)
        parts.append(f"{name} {version} ({f'now {now.version}' if now else 'no longer needed'})")
    return f"locked anew, because the archive no longer has: {', '.join(parts)}"
