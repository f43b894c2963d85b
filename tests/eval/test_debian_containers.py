"""Containers of Debian tests: what evaluation makes of them, and what it refuses."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

OPTIONS = f"(import {SOURCE}/lib/options)"
BAD = {
    "a kernel": (
        'containers.c.kernel = "bookworm";',
        "container `c`: `kernel` cannot be set: a container shares the kernel of the computer "
        "that runs the test. Leave it out, or make the machine one of `nodes`.",
    ),
    "a disk": (
        "containers.c.powerCuts = true;",
        "container `c`: `powerCuts` cannot be set: a container has no disk of its own",
    ),
    "a snapshot": (
        "containers.c.warmStart = false;",
        "container `c`: `warmStart` cannot be set: the memory of a container cannot be saved",
    ),
    "an unknown attribute": (
        "containers.c.memorysize = 64;",
        "container `c` has no attribute `memorysize`. It accepts: cores, files, interfaces,",
    ),
    "too little memory": (
        "containers.c.memorySize = 4;",
        "container `c`: `memorySize` is a number of MiB from 16 to 1048576, or null, but 4 was",
    ),
    "no processors": (
        "containers.c.cores = 0;",
        "container `c`: `cores` is a number of processors from 1 to 255, or null, but 0 was given",
    ),
    "a user": (
        'containers.c.users."A b" = { };',
        "container `c`: `A b` is no name for a user: lower-case letters",
    ),
    "a network twice": (
        "containers.c.vlans = [ 1 1 ];",
        "container `c`: `vlans`: ",
    ),
    "a name that a node has": (
        "nodes = { a = { }; b = { }; }; containers.a = { };",
        "test `t`: `a`: a node and a container have this name. Rename one",
    ),
    "a name that is one with a node's in the script": (
        "nodes.web-1 = { }; containers.web_1 = { };",
        "machines `web-1`, `web_1` have one name in the script, `web_1`",
    ),
    "a name that is no host name": (
        'containers."my box" = { };',
        "test `t`: `my box` cannot be the name of a machine",
    ),
    "a list": (
        "containers = [ ];",
        "test `t`: `containers` is an attribute set of Debian containers, but a list was given.",
    ),
    "a container that is a number": (
        "containers.c = 5;",
        "container `c` is an attribute set, but 5 was given.",
    ),
}


def _test(text: str) -> str:
    return f'(import {SOURCE}/lib/debian {{ }}).runTest {{ name = "t"; testScript = ""; {text} }}'


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_container_is_refused(text: str, message: str) -> None:
    assert message in refusal(f"({_test(text)}).drvPath")


def test_every_attribute_of_nodes_is_one_of_containers_or_is_refused_with_a_reason() -> None:
    names = "builtins.mapAttrs (_: builtins.attrNames)"
    refused = f"import {SOURCE}/lib/options/debian-container/refused.nix"
    found = evaluate(
        f"{names} {{ inherit {OPTIONS} debian-node debian-container; refused = {refused}; }}"
    )
    assert isinstance(found, dict)
    nodes = {name.partition(".")[0] for name in found["debian-node"]}
    assert nodes - set(found["debian-container"]) == set(found["refused"])
    reasons = evaluate(f"builtins.attrValues ({refused})")
    assert isinstance(reasons, list)
    assert all(reason.endswith(".") for reason in reasons)


def test_nodes_and_containers_are_numbered_and_named_together() -> None:
    test = _test("nodes = { a = { }; c = { }; }; containers = { b = { vlans = [ 3 1 ]; }; };")
    found = evaluate(
        f"let test = {test}; in {{"
        " numbers = builtins.mapAttrs (_: one: one.networking.number)"
        " (test.nodes // test.containers);"
        " addresses = map (one: one.ipv4) test.containers.b.networking.interfaces;"
        " kinds = builtins.mapAttrs (_: one: one.container or false)"
        " test.driverConfiguration.machines;"
        " inherit (test.driverConfiguration) vlans; }"
    )
    assert found == {
        "numbers": {"a": 1, "b": 2, "c": 3},
        "addresses": ["192.168.3.2", "192.168.1.2"],
        "kinds": {"a": False, "b": True, "c": False},
        "vlans": [1, 3],
    }


def test_a_script_is_given_the_machines_that_it_names() -> None:
    for function in (
        "{ nodes, containers }: toString (builtins.attrNames (nodes // containers))",
        "all: toString (builtins.attrNames (all.nodes // all.containers))",
        "{ nodes, ... }: toString (builtins.attrNames nodes) + ' b'",
    ):
        test = (
            f'(import {SOURCE}/lib/debian {{ }}).runTest {{ name = "t"; nodes.a = {{ }};'
            f" containers.b = {{ }}; testScript = {function.replace(chr(39), chr(34))}; }}"
        )
        assert evaluate(f"({test}).config.testScriptString") == "a b"


def test_a_test_with_containers_asks_the_builder_for_what_they_take() -> None:
    features = 'builtins.concatStringsSep " " (test.drvAttrs.requiredSystemFeatures or [ ])'
    for text, expected in (
        ("nodes.a = { };", ""),
        ("containers.c = { };", "uid-range devnet"),
        ('containers.c = { }; acceleration = "require";', "uid-range devnet"),
        (
            'nodes.a = { }; containers.c = { }; acceleration = "require";',
            "kvm uid-range devnet",
        ),
    ):
        assert evaluate(f"let test = {_test(text)}; in {features}") == expected
