"""What the properties of a unit say."""

import pytest

from test_driver.machine.systemctl import is_refusal, journal_command
from test_driver.machine.unit_state import (
    Reach,
    check_name,
    check_state,
    reach_of,
    requirements,
    state_text,
)
from test_driver.machine.unit_wait import bus_path

AT_REST = {"LoadState": "loaded", "ActiveState": "inactive", "SubState": "dead", "Job": "0"}
SKIPPED = {**AT_REST, "ConditionResult": "no", "ConditionTimestampMonotonic": "9"}
UNASSERTED = {"AssertResult": "no", "AssertTimestampMonotonic": "2"}
DONE = {
    **AT_REST,
    "Type": "oneshot",
    "RemainAfterExit": "no",
    "Result": "success",
    "ConditionResult": "yes",
    "ConditionTimestampMonotonic": "3",
    "InactiveExitTimestampMonotonic": "4",
    "InactiveEnterTimestampMonotonic": "6",
    "ExecMainCode": "1",
    "ExecMainExitTimestampMonotonic": "5",
}


@pytest.mark.parametrize(
    ("unit", "wanted", "reach"),
    [
        ({"ActiveState": "active"}, "active", Reach.REACHED),
        ({"ActiveState": "active", "SubState": "exited"}, "exited", Reach.REACHED),
        ({"ActiveState": "activating", "SubState": "start"}, "active", Reach.PENDING),
        ({"ActiveState": "activating", "SubState": "auto-restart"}, "active", Reach.PENDING),
        ({"ActiveState": "deactivating"}, "active", Reach.PENDING),
        ({"ActiveState": "failed"}, "active", Reach.FAILED),
        ({"ActiveState": "failed"}, "failed", Reach.REACHED),
        ({"ActiveState": "failed"}, "inactive", Reach.FAILED),
        (DONE, "active", Reach.REACHED),
        (DONE, "inactive", Reach.REACHED),
        ({**DONE, "RemainAfterExit": "yes"}, "active", Reach.ASK),
        ({**DONE, "Type": "simple"}, "active", Reach.ASK),
        ({**DONE, "ExecMainCode": "2"}, "active", Reach.ASK),  # it was stopped
        ({**DONE, "InactiveEnterTimestampMonotonic": "0"}, "active", Reach.ASK),
        ({**DONE, "Job": "17"}, "active", Reach.PENDING),  # it is about to run again
        (SKIPPED, "active", Reach.SKIPPED),
        (SKIPPED, "running", Reach.SKIPPED),
        (SKIPPED, "inactive", Reach.REACHED),
        ({**SKIPPED, "TriggeredBy": "x.timer"}, "active", Reach.PENDING),
        ({**SKIPPED, "Job": "17"}, "active", Reach.PENDING),
        # The last start decides: one that was skipped after one that was not, and the reverse.
        (
            {**DONE, "ConditionResult": "no", "ConditionTimestampMonotonic": "8"},
            "active",
            Reach.SKIPPED,
        ),
        ({**DONE, **UNASSERTED}, "active", Reach.REACHED),
        (
            {**AT_REST, "AssertResult": "no", "AssertTimestampMonotonic": "2"},
            "active",
            Reach.SKIPPED,
        ),
        ({**AT_REST, "ConditionResult": "no"}, "active", Reach.ASK),  # it was never checked
        ({**AT_REST, "Result": "exec-condition"}, "active", Reach.SKIPPED),
        ({**AT_REST, "LoadState": "masked"}, "active", Reach.SKIPPED),
        ({**AT_REST, "LoadState": "bad-setting"}, "active", Reach.SKIPPED),
        ({**AT_REST, "LoadState": "not-found"}, "active", Reach.ASK),
        ({**AT_REST, "LoadState": "not-found"}, "inactive", Reach.ASK),
        ({**AT_REST, "LoadState": "masked"}, "inactive", Reach.REACHED),
    ],
)
def test_a_state_is_read_from_the_properties(
    unit: dict[str, str], wanted: str, reach: Reach
) -> None:
    assert reach_of(unit, wanted).reach is reach


@pytest.mark.parametrize("state", ["activ", "", "Active", "active (running)", "run", "started"])
def test_a_state_that_systemd_does_not_have_is_refused(state: str) -> None:
    with pytest.raises(ValueError, match=r"state: systemd has no state .*the states are active"):
        check_state(state)


def test_a_state_that_is_nearly_right_is_hinted_at() -> None:
    with pytest.raises(ValueError, match="did you mean 'active'"):
        check_state("activ")
    with pytest.raises(TypeError, match="state: expected the state of a unit as text"):
        check_state(None)  # type: ignore[arg-type]  # that is the point
    check_state("exited")


@pytest.mark.parametrize("name", ["", "  ", "ssh*", "a?b", "[ab]", "a\nb"])
def test_a_name_that_is_none_or_a_pattern_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="unit: expected the name of"):
        check_name(name)


@pytest.mark.parametrize("name", [None, 3, b"web", ["web"], True])
def test_a_name_that_is_no_text_is_refused(name: object) -> None:
    with pytest.raises(TypeError, match="unit: expected the name of a unit as text"):
        check_name(name)  # type: ignore[arg-type]  # that is the point


def test_what_a_unit_requires_is_each_named_once() -> None:
    unit = {"Requires": "b.service a.mount", "BindsTo": "a.mount", "Requisite": ""}
    assert requirements(unit) == ["a.mount", "b.service"]


def test_a_state_is_told_with_what_is_odd() -> None:
    assert state_text(AT_REST) == "inactive/dead"
    odd = {**AT_REST, "LoadState": "masked", "Result": "timeout"}
    assert state_text(odd) == "inactive/dead, masked, result timeout"


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("web.service", "unit/web_2eservice"),
        ("my.app.service", "unit/my_2eapp_2eservice"),
        ("tpl@10.0.0.1.service", "unit/tpl_4010_2e0_2e0_2e1_2eservice"),
        ("-.mount", "unit/_2d_2emount"),
        ("9p.service", "unit/_39p_2eservice"),
    ],
)
def test_a_name_becomes_a_path_on_the_bus(name: str, path: str) -> None:
    assert bus_path(name) == path


@pytest.mark.parametrize(
    "said",
    [
        "Unit name getty@.service is neither a valid invocation ID nor unit name.",
        "Invalid unit name a/b.service",
        "Unit name a..b is not valid.",
    ],
)
def test_a_name_that_systemd_refuses_is_told_from_a_bus_that_is_not_there(said: str) -> None:
    assert is_refusal(said)
    assert not is_refusal("Failed to connect to bus: No such file or directory")


def test_the_journal_of_a_user_is_asked_for_by_unit_and_by_process() -> None:
    command = journal_command("a b.service", "hamlet", "42", 5)
    assert "USER_UNIT='a b.service' _UID=\"$uid\" + " in command
    assert '_PID=42 _UID="$uid"' in command
    assert "_PID" not in journal_command("a.service", "hamlet", "0", 5)
    assert "--unit=a.service" in journal_command("a.service", None, "42", 5)
