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


@pytest.mark.parametrize("name", sorted(OWN_GLOBALS))
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
    text: str, name: str, tmp_path: Path, configuration: Configuration
) -> None:
    assert problems_of(text.format(name=name), tmp_path, configuration) == []


@pytest.mark.parametrize(
    "text",
    [
        "def f(network: int) -> int:\n    return network\n\n\nprint(f(3))\nnetwork.nothing()\n",
        "class Site:\n    network = 3\n\n\nprint(Site.network)\nnetwork.nothing()\n",
        "print([network for network in [1, 2]])\nnetwork.nothing()\n",
    ],
)
def test_a_name_of_another_scope_leaves_the_global_its_type(
    text: str, tmp_path: Path, configuration: Configuration
) -> None:
    found = problems_of(text, tmp_path, configuration)
    assert len(found) == 1
    assert '"Network" has no attribute "nothing"' in found[0]


def test_an_assignment_by_a_function_defines_a_global() -> None:
    text = "def f():\n    global rollback\n    rollback = 3\n"
    assert redefined_globals(text, "script.py") == {"rollback"}
    assert redefined_globals("rollback()\nnetwork.heal()\n", "script.py") == set()


@pytest.mark.parametrize(
    "text",
    [
        "def untyped():\n    count: int = 3\n    return count\n\n\nprint(untyped())\n",
        "def untyped(size):\n    sizes: list[int] = [size]\n    print(sizes)\n\n\nuntyped(1)\n",
        "found = None\n\n\ndef look() -> None:\n    global found\n    found = "
        "'x'\n\n\nlook()\nprint(found)\n",
        "seen = []\n\n\ndef note(text: str) -> None:\n    seen.append(text)\n\n\n"
        "note('x')\nprint(seen)\n",
        "pids = {}\n\n\ndef note() -> None:\n    pids['a'] = 1\n\n\nnote()\nprint(pids)\n",
    ],
)
def test_what_nixpkgs_type_check_lets_pass_is_no_problem(
    text: str, tmp_path: Path, configuration: Configuration
) -> None:
    assert problems_of(text, tmp_path, configuration) == []


@pytest.mark.parametrize(
    "text",
    [
        "machine1.shutdown()\nmachine1 = create_machine('x')\nmachine1.start()\n",
        "def more() -> None:\n    machine1.start()\n\n\nmore()\nmachine1 = machines[1]\n",
        "print(len(machines))\nmachines = [machine1]\nprint(machines)\n",
        "log.info('x')\nlog = driver.logger\n",
        "for two_2 in [two_2, machine1]:\n    two_2.start()\n",
        "vlan1.nr\nif os.environ:\n    vlan1 = vlans[0]\nprint(vlan1.nr)\n",
    ],
)
def test_a_script_may_give_another_value_to_a_name_that_it_has_used(
    text: str, tmp_path: Path, configuration: Configuration
) -> None:
    assert problems_of(text, tmp_path, configuration) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("print(later)\nlater = 1\n", "later"),
        ("machine1.start()\nprint(rollback)\nrollback = 1\n", "rollback"),
    ],
)
def test_a_name_of_the_script_alone_is_not_there_before(
    text: str, said: str, tmp_path: Path, configuration: Configuration
) -> None:
    problems = problems_of(text, tmp_path, configuration)
    assert any(said in problem for problem in problems), problems
    assert any("used before def" in problem or "undefined name" in problem for problem in problems)
