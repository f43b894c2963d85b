"""What the properties of a systemd unit say: whether it is in a state, may get there, or cannot."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

STATE_PROPERTIES = (
    "Id,LoadState,LoadError,ActiveState,SubState,Result,Type,Job,RemainAfterExit,"
    "ConditionResult,ConditionTimestampMonotonic,AssertResult,AssertTimestampMonotonic,"
    "InactiveExitTimestampMonotonic,InactiveEnterTimestampMonotonic,"
    "ExecMainCode,ExecMainExitTimestampMonotonic,ExecMainPID,TriggeredBy,Requires,BindsTo,Requisite"
)
ACTIVE_STATES = (
    "active",
    "reloading",
    "inactive",
    "failed",
    "activating",
    "deactivating",
    "maintenance",
    "refreshing",
)
# `systemctl --state=help` lists them.
SUB_STATES = (
    "abandoned activating activating-done auto-restart auto-restart-queued cleaning condition dead "
    "dead-before-auto-restart dead-resources-pinned deactivating deactivating-sigkill "
    "deactivating-sigterm elapsed exited failed-before-auto-restart final-sigkill final-sigterm "
    "final-watchdog listening mounted mounting mounting-done plugged refresh-extensions "
    "refresh-credentials reload reload-notify reload-signal remounting remounting-sigkill "
    "remounting-sigterm running start start-chown start-post start-pre stop stop-post stop-pre "
    "stop-pre-sigkill stop-pre-sigterm stop-sigkill stop-sigterm stop-watchdog tentative "
    "unmounting unmounting-sigkill unmounting-sigterm waiting"
).split()
_PATTERN = "*?["
_EXITED = ("1", "exited")


class Reach(Enum):
    """Whether a unit is in a state."""

    REACHED = "it is there"
    PENDING = "it may get there"
    ASK = "it is at rest; what happened before says the rest"
    FAILED = "it has failed"
    SKIPPED = "its start was skipped, or cannot come"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitReach:
    """Whether a unit is in a state, and why it will not be."""

    reach: Reach
    why: str = ""


def check_state(state: str, name: str = "state") -> None:
    """Raise ValueError unless a state or sub-state of that name exists."""
    if not isinstance(state, str):
        raise TypeError(f"{name}: expected the state of a unit as text, got {state!r}")
    if state in ACTIVE_STATES or state in SUB_STATES:
        return
    near = difflib.get_close_matches(state, (*ACTIVE_STATES, *SUB_STATES), 1, 0.7)
    hint = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(
        f"{name}: systemd has no state {state!r}{hint}; the states are "
        f"{', '.join(ACTIVE_STATES)}, and the sub-states {', '.join(SUB_STATES)}"
    )


def check_name(unit: str, name: str = "unit") -> None:
    """Raise TypeError or ValueError unless this can be the name of one unit."""
    if not isinstance(unit, str):
        raise TypeError(f"{name}: expected the name of a unit as text, got {unit!r}")
    if not unit.strip() or "\0" in unit or "\n" in unit:
        raise ValueError(f"{name}: expected the name of a unit, got {unit!r}")
    if any(character in unit for character in _PATTERN):
        raise ValueError(f"{name}: expected the name of one unit, got the pattern {unit!r}")


def reach_of(unit: Mapping[str, str], wanted: str) -> UnitReach:
    """Tell from a unit's properties whether it is in a state or sub-state."""
    active, load = unit.get("ActiveState", ""), unit.get("LoadState", "loaded")
    if wanted in (active, unit.get("SubState")):
        # What does not exist is inactive, too; but so is what systemd has unloaded after its end.
        return UnitReach(reach=Reach.ASK if load == "not-found" else Reach.REACHED)
    if active == "failed":
        return UnitReach(reach=Reach.FAILED, why="has failed")
    if active != "inactive" or unit.get("Job", "0") not in ("", "0"):
        return UnitReach(reach=Reach.PENDING)
    if load == "masked":
        return UnitReach(reach=Reach.SKIPPED, why="cannot start: it is masked")
    if load in ("bad-setting", "error"):
        why = f"cannot start: systemd did not load it: {unit.get('LoadError', '')}"
        return UnitReach(reach=Reach.SKIPPED, why=why)
    if why := _why_not_started(unit):
        # What triggers it may do so again when the conditions are met.
        triggered = unit.get("TriggeredBy", "").strip()
        return UnitReach(reach=Reach.PENDING if triggered else Reach.SKIPPED, why=why)
    if wanted == "active" and has_finished(unit):
        return UnitReach(reach=Reach.REACHED)
    return UnitReach(reach=Reach.ASK)


def _why_not_started(unit: Mapping[str, str]) -> str:
    """Say why the last start of an inactive unit was none; nothing if it was one."""
    left_at = _number(unit, "InactiveExitTimestampMonotonic")
    for kind in ("Condition", "Assert"):
        checked_at = _number(unit, f"{kind}TimestampMonotonic")
        if unit.get(f"{kind}Result") == "no" and checked_at > left_at:
            return f"was not started: its {kind.lower()} was not met"
    if unit.get("Result") == "exec-condition":
        return "was not started: its ExecCondition was not met"
    return ""


def has_finished(unit: Mapping[str, str]) -> bool:
    """Tell whether this is a oneshot that has done its work, and was not stopped before."""
    left_at = _number(unit, "InactiveExitTimestampMonotonic")
    return (
        unit.get("Type") == "oneshot"
        and unit.get("RemainAfterExit") != "yes"
        and unit.get("Result") == "success"
        and unit.get("ExecMainCode") in _EXITED
        and 0 < left_at <= _number(unit, "InactiveEnterTimestampMonotonic")
        and _number(unit, "ExecMainExitTimestampMonotonic") > 0
    )


def was_unloaded(unit: Mapping[str, str]) -> bool:
    """Tell whether systemd knows nothing of what a unit did: it may have been unloaded since."""
    return _number(unit, "InactiveExitTimestampMonotonic") == 0


def requirements(unit: Mapping[str, str]) -> list[str]:
    """Return the units without which a unit does not start."""
    names = (unit.get(kind, "").split() for kind in ("Requires", "BindsTo", "Requisite"))
    return sorted({name for group in names for name in group})


def state_text(unit: Mapping[str, str]) -> str:
    """Return a unit's state for messages."""
    state = f"{unit.get('ActiveState', 'unknown')}/{unit.get('SubState', 'unknown')}"
    if unit.get("LoadState", "loaded") != "loaded":
        state += f", {unit['LoadState']}"
    if unit.get("Result", "success") != "success":
        state += f", result {unit['Result']}"
    return state


def properties(text: str) -> dict[str, str]:
    """Return what `systemctl show` says of one unit."""
    pairs = (line.split("=", 1) for line in text.splitlines() if "=" in line)
    return {name: value for name, value in pairs}


def blocks(text: str) -> list[dict[str, str]]:
    """Return what `systemctl show` says of several units."""
    return [properties(block) for block in text.split("\n\n") if block.strip()]


def _number(unit: Mapping[str, str], name: str) -> int:
    value = unit.get(name, "0")
    return int(value) if value.isdigit() else 0
