"""Bad input is refused at evaluation, by messages that name the place and what is accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.eval.evaluation import evaluate, refusal

TEST = {
    "no node": (
        "nodes = { };",
        "`nodes` and `containers` are empty: a test has at least one machine.",
    ),
    "name of a node": (
        'nodes."my node" = { };',
        "test `t`: `my node` cannot be the name of a machine: it becomes a host name and a Python",
    ),
    "name of a node that is a keyword": (
        "nodes.class = { };",
        "`class` cannot be the name of a machine: in the script `class` is a keyword of Python. "
        "Reserved names: BaseMachine, Machine,",
    ),
    "two nodes of one name": (
        "nodes = { web-1 = { }; web_1 = { }; };",
        "machines `web-1`, `web_1` have one name in the script, `web_1`",
    ),
    "name of a test": (
        'name = "a b"; nodes.a = { };',
        "test `a b`: `name` is part of a store path",
    ),
    "script": (
        "testScript = 5; nodes.a = { };",
        "`testScript` is Python source, a file with it, or a function to one of them, but 5 was "
        "given.",
    ),
    "script of a function": (
        "testScript = { nodes }: [ ]; nodes.a = { };",
        "test `t`: the function `testScript` returns Python source or a file with it, but a list "
        "was returned.",
    ),
    "unknown option": (
        "globalTimout = 5; nodes.a = { };",
        "test `t` has no option `globalTimout`. It accepts: acceleration, compatibility,",
    ),
    "the option that a mistyped one stands for": (
        "globalTimout = 5; nodes.a = { };",
        " testScript, tests. Did you mean `globalTimeout`?",
    ),
    "an option of tests of NixOS machines": (
        "logLevel = 5; nodes.a = { };",
        "test `t` has no option `logLevel`. It accepts: acceleration, compatibility,",
    ),
    "unknown option in a set": (
        "sshBackdoor.enabled = true; nodes.a = { };",
        "test `t`: sshBackdoor has no option `enabled`. It accepts: enable. Did you mean `enable`?",
    ),
    "wrong type in a set": (
        "sshBackdoor.enable = 1; nodes.a = { };",
        "test `t`: sshBackdoor: `enable` is true or false, but 1 was given.",
    ),
    "no nodes at all": (
        "",
        "test `t`: `nodes` and `containers` are empty: a test has at least one machine.",
    ),
    "nodes in a list": (
        "nodes = [ { } ];",
        "test `t`: `nodes` is an attribute set of Debian nodes, but a list was given.",
    ),
    "a limit that is no whole number": (
        "globalTimeout = 1.5; nodes.a = { };",
        "test `t`: `globalTimeout` is a positive number of seconds, but 1.5 was given.",
    ),
    "passthru": (
        "passthru = 1; nodes.a = { };",
        "test `t`: `passthru` is an attribute set of values of any type, but 1 was given.",
    ),
    "limit of a type that is none": (
        'globalTimeout = "600"; nodes.a = { };',
        'test `t`: `globalTimeout` is a positive number of seconds, but "600" was given.',
    ),
    "timeout": (
        "globalTimeout = 0; nodes.a = { };",
        "`globalTimeout` is a positive number of seconds",
    ),
    "skip": (
        "skipLint = 1; nodes.a = { };",
        "`skipLint` is true or false",
    ),
    "debugHookTimeout": (
        "debugHookTimeout = 0; nodes.a = { };",
        "`debugHookTimeout` is a positive number of seconds",
    ),
    "enableDebugHook": (
        "enableDebugHook = 1; nodes.a = { };",
        "`enableDebugHook` is true or false",
    ),
    "sshBackdoor": (
        "sshBackdoor = true; nodes.a = { };",
        "`sshBackdoor` is an attribute set with `enable`",
    ),
    "failOn with an unknown kind": (
        'failOn = [ "oom" "oops" ]; nodes.a = { };',
        '`failOn` is a list of values "core-dump", "failed-unit", "kernel-oops", "kernel-warning", '
        '"oom", "sanitizer" or "stall", but a list whose element 2 is "oops" was given.',
    ),
    "failOn of a wrong type": (
        'failOn = "oom"; nodes.a = { };',
        '"sanitizer" or "stall", but "oom" was given.',
    ),
    "failOn that cannot be shown": (
        "failOn = [ (x: x) ]; nodes.a = { };",
        "but a list whose element 1 is a function was given.",
    ),
    "keepFailures": (
        "keepFailures = 1; nodes.a = { };",
        "`keepFailures` is true or false",
    ),
    "extraDriverArgs": (
        'extraDriverArgs = "-v"; nodes.a = { };',
        '`extraDriverArgs` is a list of strings, but "-v" was given.',
    ),
    "enableOCR": (
        'enableOCR = "yes"; nodes.a = { };',
        "`enableOCR` is true or false",
    ),
    "compatibility with an unknown value": (
        'compatibility = "nixos"; nodes.a = { };',
        '`compatibility` is "rehearse" or "nixpkgs", but "nixos" was given',
    ),
    "compatibility of a wrong type": (
        "compatibility = true; nodes.a = { };",
        '`compatibility` is "rehearse" or "nixpkgs", but true was given',
    ),
    "compatibility that cannot be shown": (
        "compatibility = [ (x: x) ]; nodes.a = { };",
        '`compatibility` is "rehearse" or "nixpkgs", but a list was given',
    ),
    "acceleration": (
        'acceleration = "fast"; nodes.a = { };',
        '`acceleration` is "prefer", "require" or "never", but "fast" was given',
    ),
    "too many": (
        "nodes = with builtins; listToAttrs "
        '(genList (n: { name = "n${toString n}"; value = { }; }) 255);',
        "255 nodes are too many",
    ),
}


@pytest.mark.parametrize(("test", "message"), TEST.values(), ids=TEST.keys())
def test_test_is_refused(test: str, message: str) -> None:
    defaults = '{ name = "t"; testScript = ""; }'
    assert message in refusal(f"(runTest ({defaults} // {{ {test} }})).drvPath")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ("5", "rehearse: a test is an attribute set, but 5 was given."),
        ("[ ]", "rehearse: a test is an attribute set, but a list was given."),
        ("({ pkgs, ... }: { })", "rehearse: a test is an attribute set, but a function was given."),
        ("{ }", "rehearse: a test: `name` is missing. It is part of a store path: a string of"),
        (
            "{ name = 1.5; }",
            "rehearse: a test: `name` is part of a store path: a string of letters,",
        ),
        ("{ nam = 1; }", "rehearse: a test has no option `nam`. It accepts: acceleration,"),
    ],
)
def test_what_is_no_test_is_refused(test: str, message: str) -> None:
    assert message in refusal(f"(runTest {test}).drvPath")


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        (
            {"version": 99, "architecture": "amd64"},
            "lock version 99 is not understood, only 1 and 2 are",
        ),
        (
            {"version": 1, "architecture": "arm64"},
            "this lock is for aarch64-linux, but x86_64-linux was asked for",
        ),
    ],
    ids=["version", "architecture"],
)
def test_lock_is_refused(lock: dict[str, object], message: str, tmp_path: Path) -> None:
    file = tmp_path / "debian.lock.json"
    file.write_text(json.dumps(lock))
    assert message in refusal(f"(debian.withLock {file}).tools.host.drvPath")


def test_good_input_is_accepted() -> None:
    assert str(
        evaluate('(runTest { name = "t"; nodes.a = { }; testScript = ""; }).drvPath')
    ).endswith("-vm-test-run-t.drv")
