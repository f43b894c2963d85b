"""Names that a script written for nixpkgs' driver may use, and what its type checker lets pass."""

from pathlib import Path
from typing import Any

import pytest

from test_driver.configuration import Configuration, check_configuration
from test_driver.reserved_names import OWN_GLOBALS
from test_driver.script.check import check_script
from test_driver.script.own_names import redefined_globals


@pytest.fixture
def configuration(document: dict[str, Any]) -> Configuration:
    """A configuration with two machines and a network."""
    return check_configuration(document, where="unit")


def problems_of(text: str, folder: Path, configuration: Configuration) -> list[str]:
    path = folder / "script.py"
    path.write_text(text)
    return check_script(path, configuration)


@pytest.mark.parametrize(
    "text",
    [
        "def {name}() -> int:\n    return 1\n\n\nprint({name}() + 1)\n",
        "{name}: dict[str, int] = {{'mtu': 1500}}\nprint({name}['mtu'] + 1)\n",
        "class {name}:\n    size = 3\n\n\nprint({name}().size + 1)\n",
        "import shlex as {name}\n\nprint({name}.quote('x'))\n",
        "for {name} in ['10.0.0.0/8']:\n    print({name}.upper())\n",
        "with open('/dev/null') as {name}:\n    print({name}.read())\n",
        "if ({name} := machine1.succeed('x')):\n    print({name}.upper())\n",
    ],
)
def test_a_script_may_define_the_names_that_only_this_driver_has(
    text: str, tmp_path: Path, configuration: Configuration
) -> None:
    whole = "".join(text.format(name=name) for name in sorted(OWN_GLOBALS))
    assert problems_of(whole, tmp_path, configuration) == []


def test_a_name_of_another_scope_leaves_the_global_its_type(
    tmp_path: Path, configuration: Configuration
) -> None:
    text = (
        "def f(network: int) -> int:\n    return network\n\n\nprint(f(3))\n"
        "class Site:\n    network = 3\n\n\nprint(Site.network)\n"
        "print([network for network in [1, 2]])\nnetwork.nothing()\n"
    )
    found = problems_of(text, tmp_path, configuration)
    assert len(found) == 1
    assert '"Network" has no attribute "nothing"' in found[0]


def test_an_assignment_by_a_function_defines_a_global() -> None:
    text = "def f():\n    global rollback\n    rollback = 3\n"
    assert redefined_globals(text, "script.py") == {"rollback"}
    assert redefined_globals("rollback()\nnetwork.heal()\n", "script.py") == set()


LET_PASS = """\
def counted():
    count: int = 3
    return count


def sized(size):
    sizes: list[int] = [size]
    print(sizes)


print(counted())
sized(1)
found = None
seen = []
pids = {}


def note(text: str) -> None:
    global found
    found = 'x'
    seen.append(text)
    pids['a'] = 1


note('x')
print(found, seen, pids)
"""


def test_what_nixpkgs_type_check_lets_pass_is_no_problem(
    tmp_path: Path, configuration: Configuration
) -> None:
    assert problems_of(LET_PASS, tmp_path, configuration) == []


ANOTHER_VALUE = """\
def more() -> None:
    machine1.start()


more()
machine1.shutdown()
machine1 = create_machine('x')
machine1.start()
machine1 = machines[1]
print(len(machines))
machines = [machine1]
print(machines)
log.info('x')
log = driver.logger
for two_2 in [two_2, machine1]:
    two_2.start()
vlan1.nr
if os.environ:
    vlan1 = vlans[0]
print(vlan1.nr)
"""


def test_a_script_may_give_another_value_to_a_name_that_it_has_used(
    tmp_path: Path, configuration: Configuration
) -> None:
    assert problems_of(ANOTHER_VALUE, tmp_path, configuration) == []


def test_a_name_of_the_script_alone_is_not_there_before(
    tmp_path: Path, configuration: Configuration
) -> None:
    text = "print(later)\nlater = 1\nmachine1.start()\nprint(rollback)\nrollback = 1\n"
    problems = problems_of(text, tmp_path, configuration)
    for line, name in ((1, "later"), (4, "rollback")):
        said = [one for one in problems if f"script.py:{line}: " in one and name in one]
        assert any("used before def" in one or "undefined name" in one for one in said), problems
