"""How the check of nixpkgs' scripts tells the driver of the machines that the scripts name."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.nixos.compare.scripts import main

DRIVER = Path(__file__).parents[2] / "driver"
Tell = Callable[..., dict[str, str]]
# Reads the configuration as the driver does, and says which variable is which machine.
VARIABLES = """
import json, sys
from pathlib import Path
from test_driver.configuration import load_configuration, machine_variables
machines = load_configuration(Path(sys.argv[1])).machines
print(json.dumps(machine_variables(machines)))
"""


def machine(host_name: str, **more: object) -> dict[str, object]:
    """Return what `facts.nix` says of a machine."""
    return {"name": host_name, "networks": [1]} | more


@pytest.fixture
def tell(tmp_path: Path) -> Tell:
    """Return a function that takes machines by attribute, and returns variables with machines."""
    driver, told = tmp_path / "nixos-test-driver", tmp_path / "told.json"
    driver.write_text(f'#!{shutil.which("sh")}\ncp "$2" {told}\n')
    driver.chmod(0o755)

    def run(**machines: dict[str, object]) -> dict[str, str]:
        report = tmp_path / "report.jsonl"
        facts = {"name": "t", "script": "", "machines": machines}
        report.write_text(json.dumps({"name": "web", "facts": facts}) + "\n")
        assert main(["--driver", str(driver), str(report)]) == 0
        command = [sys.executable, "-c", VARIABLES, str(told)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=DRIVER)
        assert done.returncode == 0, done.stderr
        variables: dict[str, str] = json.loads(done.stdout)
        return variables

    return run


def test_an_attribute_and_a_host_name_are_one_machine(tell: Tell) -> None:
    assert tell(web=machine("shop")) == {"web": "web", "shop": "web"}


def test_a_host_name_as_the_attribute_is_one_name(tell: Tell) -> None:
    assert tell(web=machine("web")) == {"web": "web"}


def test_a_host_name_of_two_machines_is_none_of_them(tell: Tell) -> None:
    assert tell(a=machine("shop"), b=machine("shop")) == {"a": "a", "b": "b"}


def test_an_attribute_goes_before_a_host_name(tell: Tell) -> None:
    assert tell(a=machine("b"), b=machine("a")) == {"a": "a", "b": "b"}


def test_an_attribute_that_is_no_variable_becomes_one(tell: Tell) -> None:
    machines = {"my db": machine("my-db"), "1st": machine("first"), "web-2": machine("web2")}
    assert tell(**machines) == {
        "my_db": "my_db",
        "_st": "_st",
        "first": "_st",
        "web_2": "web_2",
        "web2": "web_2",
    }


def test_containers_are_told_from_nodes(tell: Tell, tmp_path: Path) -> None:
    tell(c=machine("c", container=True), n=machine("n"))
    told = json.loads((tmp_path / "told.json").read_text())["machines"]
    assert {name: one["container"] for name, one in told.items()} == {"c": True, "n": False}
