"""The JSON configuration and its errors."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from test_driver.configuration import check_configuration, load_configuration
from test_driver.errors import ConfigurationError
from test_driver.reserved_names import variable_name

from .conftest import Document


def change(document: Document, path: str, value: object) -> Document:
    """Return a copy with another value at a path; `...` removes what is there."""
    changed = deepcopy(document)
    place: Any = changed
    *way, last = path.split(".")
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return changed


def test_a_good_document_becomes_data(document: Document) -> None:
    configuration = check_configuration(document, where="here")
    assert configuration.machines["machine1"].vlans == (1,)
    assert configuration.global_timeout_seconds == 30
    assert configuration.isolation == "restore"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (
            "machines.machine1.start_command",
            None,
            "machines.machine1.start_command: expected a list of strings, got null",
        ),
        (
            "machines.machine1.start_command",
            ["a", 1],
            "machines.machine1.start_command[1]: expected a string, got 1",
        ),
        ("machines.machine1.start_command", [], "machines.machine1.start_command: "),
        ("vlans", [1, "2"], 'vlans[1]: expected a whole number, got "2"'),
        (
            "fail_on",
            ["oom", "oops"],
            "fail_on[1]: expected one of kernel-oops, kernel-warning, stall, oom, core-dump, "
            'failed-unit, sanitizer, got "oops"',
        ),
        ("fail_on", "oom", 'fail_on: expected a list of strings, got "oom"'),
        ("fail_on", [1], "fail_on[0]: expected a string, got 1"),
        (
            "isolation",
            "reboot",
            'isolation: expected "restore" or "boot" or "none", got "reboot"',
        ),
        ("isolation", 1, 'isolation: expected "restore" or "boot" or "none", got 1'),
        ("vlans", 1, "vlans: expected a list of whole numbers, got 1"),
        ("machines", [], "machines: expected an object, got []"),
        ("machines.machine1", 7, "machines.machine1: expected an object, got 7"),
        ("name", ..., "name: is missing; expected a string"),
        ("machines.machine1.cores", ..., "machines.machine1.cores: is missing; expected a whole"),
        ("machines.machine1.colour", "red", "machines.machine1.colour: is not known; known here"),
        (
            "machines.machine1.colour",
            "red",
            "cores, disk, graphics, guest_agent, limits, memory_in_file, ",
        ),
        ("machines.machine1.cores", 0, "machines.machine1.cores: expected a value greater than 0"),
        (
            "acceleration.policy",
            "maybe",
            'acceleration.policy: expected "prefer" or "require" or "never", got "maybe"',
        ),
        ("acceleration.kernel", 1, "acceleration.kernel: expected a string or null, got 1"),
        ("schema_version", 2, "schema_version: expected 1, got 2; the configuration and this"),
        ("schema_version", ..., "schema_version: is missing; expected 1"),
        ("vlans", [], "machines.machine1.vlans[0]: network 1 is not one of `vlans` (which is"),
        ("machines.two_2", None, "machines.two_2: expected an object, got null"),
    ],
)
def test_a_wrong_value_is_named_with_its_path(
    document: Document, path: str, value: object, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_configuration(change(document, path, value), where="here")
    assert message in str(caught.value)
    assert str(caught.value).startswith("here: ")


def test_all_problems_are_told_at_once(document: Document) -> None:
    wrong = change(change(document, "name", 1), "vlans", None)
    with pytest.raises(ConfigurationError) as caught:
        check_configuration(wrong, where="here")
    assert len(caught.value.problems) == 2


def test_a_machine_name_that_is_no_file_name_is_refused(document: Document) -> None:
    document["machines"]["../x"] = document["machines"]["machine1"]
    with pytest.raises(ConfigurationError, match=r"machines\.\.\./x: .*pattern"):
        check_configuration(document, where="here")


def test_two_machines_with_the_same_variable_are_refused(document: Document) -> None:
    document["machines"]["two_2"] = document["machines"]["machine1"]
    expected = "machines.two_2: in a script it would be called two_2, as would machines.two-2"
    with pytest.raises(ConfigurationError, match=expected):
        check_configuration(document, where="here")


def test_a_long_wrong_value_is_shortened(document: Document) -> None:
    with pytest.raises(ConfigurationError, match=r"got \"x{59}\.\.\.$"):
        check_configuration(change(document, "vlans", "x" * 1000), where="here")


def test_a_document_that_is_no_object_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="here: expected an object at the top"):
        check_configuration([], where="here")


def test_a_file_that_is_missing_or_no_json_is_named(tmp_path: Path) -> None:
    path = tmp_path / "config.json"
    with pytest.raises(ConfigurationError, match=r"config\.json: cannot be read: No such file"):
        load_configuration(path)
    path.write_text("{")
    with pytest.raises(ConfigurationError, match=r"config\.json: is not JSON: Expecting"):
        load_configuration(path)
    path.write_bytes(b"\xff")
    with pytest.raises(ConfigurationError, match=r"config\.json: is not JSON: "):
        load_configuration(path)


def test_a_file_is_read(tmp_path: Path, document: Document) -> None:
    path = tmp_path / "config.json"
    path.write_text(json.dumps(document))
    assert load_configuration(path).name == "unit"


@pytest.mark.parametrize(
    ("name", "variable"), [("a-b", "a_b"), ("1st", "_st"), ("a.b", "a_b"), ("ok", "ok")]
)
def test_variables_are_named_as_in_nixpkgs(name: str, variable: str) -> None:
    assert variable_name(name) == variable
