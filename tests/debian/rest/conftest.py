"""What the tests have in common: a table in the database, and a front end that reaches it."""

import pytest
from front_end import FrontEnd, sql
from test_driver.machine import QemuMachine

ROLES = {"Hamlet": 1506, "Ophelia": 173}


@pytest.fixture(scope="module")
def roles(database: QemuMachine) -> dict[str, int]:
    """A table with two roles. Each test of a file finds it as it is after this."""
    table = "create table roles (name text primary key, lines int check (lines >= 0))"
    rows = ", ".join(f"('{name}', {lines})" for name, lines in ROLES.items())
    sql(database, f"{table}; insert into roles values {rows}")
    return dict(ROLES)


@pytest.fixture(scope="module")
def front_end(rest: QemuMachine, roles: dict[str, int]) -> FrontEnd:
    """The front end, once it reaches the database."""
    rest.wait_until_succeeds("curl --fail --silent http://rest/roles")
    return FrontEnd(rest)
