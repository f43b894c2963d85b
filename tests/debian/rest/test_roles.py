"""What the front end answers, and what is in the database after it."""

from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from front_end import FrontEnd, sql
from test_driver.machine import QemuMachine


def test_all_roles_are_listed(front_end: FrontEnd, roles: dict[str, int]) -> None:
    assert front_end.get() == (200, roles)


def test_a_role_is_found_by_its_name(front_end: FrontEnd) -> None:
    assert front_end.get("roles/Ophelia") == (200, {"name": "Ophelia", "lines": 173})


def test_a_new_role_is_in_the_database(front_end: FrontEnd, database: QemuMachine) -> None:
    assert front_end.add("Zoë's ghost", 95) == 201
    assert sql(database, "select lines from roles where name like 'Zo_''s ghost'") == "95"


@pytest.mark.keep
def test_a_new_role_is_listed_after_it_was_added(front_end: FrontEnd) -> None:
    assert front_end.get("roles/Zo%C3%AB%27s%20ghost")[0] == 200


def test_a_test_finds_no_role_of_the_tests_before(
    front_end: FrontEnd, roles: dict[str, int]
) -> None:
    assert front_end.get() == (200, roles)


def test_a_role_is_deleted(front_end: FrontEnd) -> None:
    assert front_end.request("DELETE", "roles/Hamlet")[0] == 200
    assert front_end.get() == (200, {"Ophelia": 173})


@pytest.mark.xfail(reason="the front end cannot change a role", strict=True)
def test_a_role_is_changed(front_end: FrontEnd) -> None:
    assert front_end.request("PUT", "roles/Hamlet", '{"lines": 1507}')[0] == 200


def test_wrong_requests_change_nothing(
    front_end: FrontEnd,
    roles: dict[str, int],
    subtest: Callable[[str], AbstractContextManager[object]],
) -> None:
    with subtest("a name that nobody has"):
        assert front_end.get("roles/Yorick")[0] == 404
    with subtest("a name that is taken"):
        assert front_end.add("Hamlet", 1) == 409
    with subtest("fewer than no lines"):
        assert front_end.add("Yorick", -1) == 400
    with subtest("a body that is no JSON"):
        assert front_end.request("POST", "roles", "Yorick, 0")[0] == 400
    with subtest("a method that there is not"):
        assert front_end.request("PATCH", "roles/Hamlet")[0] == 405
    assert front_end.get() == (200, roles)
