"""One rule for the names of machines of every kind, at evaluation."""

from __future__ import annotations

import json
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

RULE = f"(import {SOURCE}/lib/shared/machine-names.nix)"
FORM = "cannot be the name of a machine: it becomes a host name and a Python variable"
RESERVED = "Reserved names: BaseMachine, Machine, NspawnMachine, QemuMachine, create_machine, "

# Name of the case: names of machines, and the beginning of each message.
CASES: dict[str, tuple[list[str], list[str]]] = {
    "keyword": (
        ["class"],
        ["`class` cannot be the name of a machine: in the script `class` is a k"],
    ),
    "constant": (["None"], ["`None` cannot be the name of a machine: in the script `None` is a k"]),
    "soft keyword": (["match", "case", "type"], []),
    "global": (["log"], ["`log` cannot be the name of a machine: in the script `log` is a global"]),
    "global as a host name": (
        ["run-tests"],
        ["`run-tests` cannot be the name of a machine: in the script `run_tests` is a global"],
    ),
    "several": (["t", "os"], ["`t` cannot", "`os` cannot"]),
    "network": (["vlan1"], ["`vlan1` cannot be the name of a machine: in the script `vlan1` is a"]),
    "name of Python": (
        ["__file__"],
        ["`__file__` cannot be the name of a machine: in the script P"],
    ),
    "globals of this driver": (["network", "rollback", "restore-all", "checkpoint_all"], []),
    "builtins of Python": (["list", "print"], []),
    "the only machine": (["machine"], []),
    "digit first": (["1st"], []),
    "two that are _a": (
        ["1a", "2a"],
        ["machines `1a`, `2a` have one name in the script, `_a`, where every character that"],
    ),
    "dot and hyphen": (
        ["a.b", "a-b"],
        ["machines `a.b`, `a-b` have one name in the script, `a_b`, where every character that"],
    ),
    "three": (
        ["db-0", "db.0", "db_0", "db0"],
        ["machines `db-0`, `db.0`, `db_0` have one name in the script, `db_0`, where every"],
    ),
    "two pairs": (
        ["0web", "1web", "x.y-z", "x-y.z"],
        [
            "machines `0web`, `1web` have one name in the script, `_web`, where",
            "machines `x.y-z`, `x-y.z` have one name in the script, `x_y_z`, where",
        ],
    ),
    "digit and underscore": (
        ["3ware", "_ware"],
        ["machines `3ware`, `_ware` have one name in the script, `_ware`, where"],
    ),
    "neighbours that differ": (["1a", "a1", "a-1", "a1-", "b"], [f"`a1-` {FORM}"]),
    "keyword beside its capital": (
        ["lambda", "Lambda2"],
        ["`lambda` cannot be the name of a machine: in the script `lambda` is a keyword"],
    ),
    "global beside what becomes one": (
        ["join-all", "start.all"],
        [
            "`join-all` cannot be the name of a machine: in the script `join_all` is a global",
            "`start.all` cannot be the name of a machine: in the script `start_all` is a global",
        ],
    ),
    "case": (
        ["Web", "web"],
        ["machines `Web`, `web` have one host name, because upper and lower case are the same"],
    ),
    "space": (["my machine"], [f"`my machine` {FORM}"]),
    "trailing dot": (["a."], [f"`a.` {FORM}"]),
    "trailing hyphen": (["a-"], [f"`a-` {FORM}"]),
    "leading hyphen": (["-a"], [f"`-a` {FORM}"]),
    "empty part": (["a..b"], [f"`a..b` {FORM}"]),
    "hyphen before a dot": (["a-.b"], [f"`a-.b` {FORM}"]),
    "empty": ([""], [f"`` {FORM}"]),
    "not ASCII": (["käse"], [f"`käse` {FORM}"]),
    "line break": (["a\nb"], [f"`a\nb` {FORM}"]),
    "63 characters": (["a" * 63], []),
    "64 characters": (["a" * 64], [f"`{'a' * 64}` {FORM}"]),
    "localhost among others": (
        ["a", "localhost"],
        ["`localhost` cannot be the name of a machine: on every machine this host name is the "],
    ),
    "localhost alone": (["localhost"], []),
    "address": (
        ["10", "a"],
        ["`10` cannot be the name of a machine: as a host name it is read as"],
    ),
    "hexadecimal address": (["0x1f", "a"], ["`0x1f` cannot be the name of a machine: as a host"]),
}


def test_each_rule_has_its_message() -> None:
    given = json.dumps([names for names, _ in CASES.values()])
    found = evaluate(f"builtins.map {RULE}.problems (builtins.fromJSON ''{given}'')")
    assert isinstance(found, list)
    for (case, (_, expected)), problems in zip(CASES.items(), found, strict=True):
        assert len(problems) == len(expected), (case, problems)
        for problem, beginning in zip(problems, expected, strict=True):
            assert problem.startswith(beginning), case


def test_the_driver_has_the_same_rule() -> None:
    spec = spec_from_file_location("names", SOURCE / "driver/test_driver/reserved_names.py")
    assert spec is not None
    assert spec.loader is not None
    driver = module_from_spec(spec)
    spec.loader.exec_module(driver)
    reserved = [*driver.KEYWORDS, *driver.NIXPKGS_GLOBALS, *driver.OWN_GLOBALS]
    hyphened = [name.replace("_", "-") for name in reserved]
    others = ["web", "1a", "_", "9", "a.b-c_d", "vlan", "vlan12", "vlan1x", "__x__", "-.x.-", "__"]
    names = sorted({*reserved, *hyphened, *others})
    found = evaluate(
        "map (name: { variable = rule.variable name; refused = rule.scriptProblems"
        " [ { inherit name; label = name; } ] != [ ]; })"
        f" (builtins.fromJSON ''{json.dumps(names)}'')".replace("rule", RULE)
    )
    variables = [driver.variable_name(name) for name in names]
    assert found == [
        {"variable": variable, "refused": driver.refusal(variable) is not None}
        for variable in variables
    ]


def test_a_refusal_lists_the_reserved_names() -> None:
    (problem,) = evaluate(f'{RULE}.problems [ "class" ]')  # type: ignore[misc]
    assert RESERVED in problem
    assert "vlans, vlan<number>, False, None, True, and, as, " in problem


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ("start_all = { };", "`start_all` cannot be the name of a machine: in the script"),
        ('"1a" = { }; "2a" = { };', "machines `1a`, `2a` have one name in the script, `_a`"),
        ("Db = { }; db = { };", "machines `Db`, `db` have one host name"),
        ('"db." = { };', f"`db.` {FORM}"),
    ],
)
def test_debian_tests_follow_the_rule(nodes: str, message: str) -> None:
    said = refusal(f'(runTest {{ name = "t"; testScript = ""; nodes = {{ {nodes} }}; }}).drvPath')
    assert f"rehearse: test `t`: {message}" in said


def test_names_of_this_drivers_globals_are_accepted() -> None:
    test = 'runTest { name = "t"; testScript = ""; nodes = { network = { }; "1st" = { }; }; }'
    assert evaluate(f"builtins.attrNames ({test}).driverConfiguration.machines") == [
        "1st",
        "network",
    ]


def _failed(by_kind: str, script_names: str) -> object:
    """Evaluate the module that has the machines of NixOS tests, with as much as it looks at."""
    module = SOURCE / "modules/test/machines.nix"
    lib = Path(__file__).with_name("small_lib.nix")
    return evaluate(
        f"let lib = import {lib}; machinesByKind = {{ {by_kind} }};"
        f" scriptNames = {{ {script_names} }};"
        " allMachines = lib.mergeAttrsList (lib.attrValues machinesByKind);"
        f" module = import {module} {{ inherit lib;"
        " config = { inherit machinesByKind scriptNames allMachines; }; };"
        " in map (one: one.message) (lib.filter (one: !one.assertion) module.config.assertions)"
    )


def test_nixos_tests_follow_the_rule() -> None:
    message = "`class` cannot be the name of a machine: in the script `class` is a keyword"
    (said,) = _failed("nodes.class = { };", 'nodes.class = "class";')  # type: ignore[misc]
    assert said.startswith(message)
    (said,) = _failed("debian.class = { };", 'debian.class = "class";')  # type: ignore[misc]
    assert said.startswith(message)
    assert _failed("nodes.network = { };", 'nodes.network = "network";') == []


def test_names_in_the_script_follow_the_rule() -> None:
    (said,) = _failed("nodes.web = { };", 'nodes.web = "log";')  # type: ignore[misc]
    assert said.startswith("`nodes.web` (in the script `log`) cannot be the name of a machine: in")
    assert _failed(
        "nodes.web = { }; containers.cache = { };", 'nodes.web = "x-1"; containers.cache = "x.1";'
    ) == [
        "machines `containers.cache` (in the script `x.1`), `nodes.web` (in the script `x-1`) have "
        "one name in the script, `x_1`, where every character that Python does not allow becomes "
        "an underscore: rename one."
    ]


def test_names_in_the_script_are_not_looked_at_when_the_names_are_wrong() -> None:
    (said,) = _failed('nodes."my web" = { };', 'nodes = throw "no name";')  # type: ignore[misc]
    assert said.startswith(f"`my web` {FORM}")


def test_a_host_name_replaces_a_name_that_is_none() -> None:
    named = "{ networking.hostName = %s; }"
    nodes = f"""nodes."my web" = {named % '"web"'}; nodes."10" = {named % '"ten"'};
        nodes.Cache = {named % '"first"'}; nodes.cache = {{ }};"""
    assert _failed(nodes, 'nodes.a = "a";') == []
    (said,) = _failed(nodes + 'nodes."a b" = { };', 'nodes.a = "a";')  # type: ignore[misc]
    assert said.startswith(f"`a b` {FORM}")
    refused = f"""nodes."my web" = {named % 'throw "not a host name"'};"""
    (said,) = _failed(refused, 'nodes.a = "a";')  # type: ignore[misc]
    assert said.startswith(f"`my web` {FORM}")


def test_host_names_are_looked_at_only_if_names_will_not_do() -> None:
    nodes = "nodes.web.networking.hostName = abort ''looked at'';"
    assert _failed(nodes, 'nodes.web = "web";') == []


def test_a_name_in_two_kinds_has_one_message() -> None:
    (said,) = _failed(  # type: ignore[misc]
        "nodes.a = { }; containers.a = { };", 'nodes.a = "a"; containers.a = "a";'
    )
    assert said.startswith("there are `containers.a` and `nodes.a`: machines of all kinds")
