"""Variants of machines: which combinations there are, and what the driver is told of them."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate, evaluate_nixos, refusal, refusal_nixos


def _machine(node: str) -> str:
    """Write what the driver is told of a machine, as a Nix expression."""
    test = f'(runTest {{ name = "t"; testScript = ""; nodes.a = {node}; }})'
    return f"{test}.driverConfiguration.machines.a"


def _combinations(axes: dict[str, list[Any]], combinations: object) -> str:
    given = f"axes = builtins.fromJSON ''{json.dumps(axes)}'';"
    chosen = f"combinations = builtins.fromJSON ''{json.dumps(combinations)}'';"
    return f'import {SOURCE}/lib/shared/variants.nix {{ what = "it"; {given} {chosen} }}'


def _rows(axes: dict[str, list[Any]], combinations: object) -> list[dict[str, Any]]:
    rows = evaluate(_combinations(axes, combinations))
    assert isinstance(rows, list)
    return rows


AXES = {"kernel": ["a", "b", "c"], "size": [1, 2, 3], "disk": ["x", "y"]}


def test_all_are_all() -> None:
    rows = _rows(AXES, "all")
    assert len(rows) == 18
    assert len({json.dumps(row, sort_keys=True) for row in rows}) == 18
    assert _rows({}, "all") == []


@pytest.mark.parametrize("sizes", [(5,), (2, 2), (3, 3, 2), (4, 3, 3, 2), (3, 3, 3, 3), (2,) * 9])
def test_pairwise_covers_every_pair_with_few(sizes: tuple[int, ...]) -> None:
    axes: dict[str, list[Any]] = {f"n{n}": list(range(size)) for n, size in enumerate(sizes)}
    rows = _rows(axes, "pairwise")
    for (one, left), (other, right) in itertools.combinations(axes.items(), 2):
        covered = {(row[one], row[other]) for row in rows}
        assert covered == set(itertools.product(left, right))
    assert all(row.keys() == axes.keys() for row in rows)
    largest = sorted(sizes)[-2:]
    assert len(rows) <= (largest[0] * largest[1] + len(sizes) if len(sizes) > 1 else sizes[0])


def test_a_list_stands_for_all_that_have_its_values() -> None:
    rows = _rows(AXES, [{"kernel": "a", "size": 1}, {"disk": "y", "size": 1}])
    assert [(row["kernel"], row["size"], row["disk"]) for row in rows] == [
        ("a", 1, "x"),
        ("a", 1, "y"),
        ("b", 1, "y"),
        ("c", 1, "y"),
    ]


BAD: dict[str, tuple[dict[str, list[Any]], object, str]] = {
    "too many": (
        {"a": [1, 2, 3], "b": [1, 2, 3], "c": [1, 2, 3]},
        "all",
        "it: its variants are 27 combinations, and 24 is the limit. Narrow them with "
        '`variantCombinations`: "pairwise" (',
    ),
    "too many in a list": (
        {"a": list(range(30)), "b": [1]},
        [{"b": 1}],
        "its variants are 30 combinations, and 24 is the limit",
    ),
    "no values": ({"a": []}, "all", "it: variants: `a` has no values"),
    "twice": ({"a": [1, 2, 1]}, "all", "it: variants: `a` has a value twice"),
    "no name": ({"a-b": [1]}, "all", "`a-b` is no name for what varies"),
    "unknown axis": (AXES, [{"colour": 1}], "speaks of `colour`, but what varies is: disk, kernel"),
    "unknown value": (
        AXES,
        [{"kernel": "z"}],
        'speaks of `kernel = "z"`, which is none of its variants: "a", "b", "c"',
    ),
    "unknown text": (AXES, "some", '`variantCombinations` is "all", "pairwise", or a list of sets'),
    "no set": (AXES, [1], '`variantCombinations` is "all", "pairwise", or a list of sets'),
}


@pytest.mark.parametrize(("axes", "combinations", "message"), BAD.values(), ids=BAD.keys())
def test_bad_combinations(axes: dict[str, list[Any]], combinations: object, message: str) -> None:
    assert message in refusal(_combinations(axes, combinations))


def test_the_driver_is_told_of_each() -> None:
    machine: Any = evaluate(
        _machine(
            '{ warmStart = true; variants = { kernel = [ "bookworm" "testing" ]; server = {'
            ' none = { }; web = { packages = [ "nginx" ]; memorySize = 600; }; }; }; }'
        )
    )
    assert machine["variant"] == {"kernel": "trixie"}
    assert [(one["values"], one["memory_mib"]) for one in machine["variants"]] == [
        ({"kernel": kernel, "server": server}, memory)
        for kernel in ("bookworm", "testing")
        for server, memory in (("none", 512), ("web", 600))
    ]
    starts = [one["start_command"][0] for one in (machine, *machine["variants"])]
    assert len(set(starts)) == 5
    folders = [one["warm_start"]["folder"] for one in (machine, *machine["variants"])]
    assert len(set(folders)) == 5
    # All of them write over the same empty disk.
    assert {one["disk"] for one in machine["variants"]} == {machine["disk"]}


def test_variants_share_images_and_snapshots_with_nodes_that_are_like_them() -> None:
    varied = _machine('{ warmStart = true; variants.kernel = [ "testing" ]; }')
    plain = _machine('{ warmStart = true; kernel = "testing"; }')
    machine: Any = evaluate(
        f"{{ varied = (builtins.head {varied}.variants).warm_start; plain = {plain}.warm_start; }}"
    )
    assert machine["varied"] == machine["plain"]


def test_another_kind_of_disk_is_another_disk() -> None:
    machine: Any = evaluate(_machine('{ variants.rootFilesystem = [ "ext4" "overlay" ]; }'))
    assert [one["disk"] == machine["disk"] for one in machine["variants"]] == [False, True]


NODE = {
    "values": ("{ variants.kernel = { }; }", "node `a`: variants: `kernel` has no values"),
    "no list": ("{ variants.kernel = 1; }", "`kernel` is a list of texts, numbers, true, false"),
    "no attribute": (
        "{ variants.colour = [ 1 ]; }",
        "variants: a node has no attribute `colour`. Values of one are listed; other differences",
    ),
    "fixed": (
        "{ variants.vlans = [ [ 1 ] [ 2 ] ]; }",
        "variants: `vlans` cannot differ: it is the same for all variants of a machine",
    ),
    "fixed in a part": (
        "{ variants.x.y.graphics = true; }",
        "variants: `graphics` in `x.y` cannot differ",
    ),
    "no part": ("{ variants.x.y = 1; }", "variants: `x.y` is part of a node: an attribute set"),
    "wrong value": (
        '{ variants.kernel = [ "sarge" ]; }',
        '`kernel` is "bookworm", "trixie", "trixie-generic" or "testing", or null, but "sarge"',
    ),
    "not a set": (
        "{ variants = [ ]; }",
        "`variants` is an attribute set of lists of values of any type, or",
    ),
}


@pytest.mark.parametrize(("node", "message"), NODE.values(), ids=NODE.keys())
def test_bad_variants_of_a_node(node: str, message: str) -> None:
    assert message in refusal(_machine(node))


needs_tree = pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
NIXOS = '(evalTest { testScript = ""; nodes.a.virtualisation = %s; }).driverMachines.a'


@needs_tree
@pytest.mark.timeout(400)
def test_variants_of_nixos_are_modules() -> None:
    machine: Any = evaluate_nixos(
        NIXOS % "{ variants.memory.little.virtualisation.memorySize = 256; variants.memory.much ="
        " { lib, ... }: { virtualisation.memorySize = lib.mkForce 2048; };"
        " variants.disk.other.virtualisation.diskSize = 2000; variants.disk.same = { };"
        ' variantCombinations = [ { disk = "same"; } { memory = "much"; } ]; }'
    )
    found = [
        (one["values"], one["memory_mib"], one["disk"] == machine["disk"])
        for one in machine["variants"]
    ]
    assert found == [
        ({"disk": "same", "memory": "little"}, 256, True),
        ({"disk": "same", "memory": "much"}, 2048, True),
        ({"disk": "other", "memory": "much"}, 2048, False),
    ]


@needs_tree
@pytest.mark.timeout(400)
def test_bad_variants_of_nixos() -> None:
    said = refusal_nixos(NIXOS % "{ variants.v.x.virtualisation.vlans = [ 7 ]; }")
    assert 'node `a`: its variant {"v":"x"} is on other networks' in said
    said = refusal_nixos(NIXOS % '{ variants.v.x = { }; variantCombinations = [ { v = "y"; } ]; }')
    assert 'node `a`: `variantCombinations` speaks of `v = "y"`, which is none of its' in said
