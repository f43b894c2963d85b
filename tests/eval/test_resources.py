"""What a test says of the memory, processors and disks that its machines may use."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate, evaluate_nixos

OVERHEAD = f"(import {SOURCE}/lib/shared/resources.nix).overheadMiB"
TEST = '(runTest ({ name = "t"; testScript = ""; } // %s))'


def _resources(options: str) -> dict[str, int]:
    found = evaluate(f"{TEST % options}.resources")
    assert isinstance(found, dict)
    return found


def _overhead() -> int:
    found = evaluate(OVERHEAD)
    assert isinstance(found, int)
    return found


def test_the_machines_of_a_test_are_added_up() -> None:
    nodes = (
        "{ nodes.a = { memorySize = 300; cores = 2; diskSize = 3000; };"
        " nodes.b = { emptyDiskImages = [ 100 50 ]; }; }"
    )
    assert _resources(nodes) == {
        "memory": 300 + 512 + 2 * _overhead(),
        "cores": 3,
        "disk": 3000 + 2048 + 150,
        "machines": 2,
    }


def test_a_node_with_variants_counts_with_the_largest() -> None:
    node = (
        "{ nodes.a = { memorySize = 256; variants.memorySize = [ 256 1024 512 ];"
        " variants.disks = { none = { }; one = { emptyDiskImages = [ 7 ]; }; }; }; }"
    )
    assert _resources(node) == {
        "memory": 1024 + _overhead(),
        "cores": 1,
        "disk": 2048 + 7,
        "machines": 1,
    }


def test_a_container_counts_with_its_limits() -> None:
    assert _resources("{ containers.a = { }; }") == {
        "memory": 0,
        "cores": 1,
        "disk": 0,
        "machines": 1,
    }
    limited = _resources("{ containers.a = { memorySize = 200; cores = 3; }; }")
    assert (limited["memory"], limited["cores"]) == (200, 3)


def test_a_node_that_may_be_a_container_counts_as_qemu() -> None:
    auto = '{ nodes.a = { backend = "auto"; memorySize = 256; }; }'
    assert _resources(auto)["memory"] == 256 + _overhead()


def test_every_run_of_a_test_has_its_resources() -> None:
    runs = f"let t = {TEST % '{ nodes.a = { }; }'}; in"
    same = '(t.repeat."7".resources == t.resources)'
    assert evaluate(f"{runs} {same}") is True


@pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree")
@pytest.mark.timeout(400)
def test_nixos_tests_have_resources_too() -> None:
    nodes = (
        "nodes.a = { virtualisation = { memorySize = 2000; cores = 2; diskSize = 4000;"
        " emptyDiskImages = [ 100 ]; }; }; nodes.b.virtualisation = { memorySize = 1000;"
        " diskImage = null; }; containers.c = { }; debian.d = { };"
    )
    assert evaluate_nixos(f"(runTest {{ {nodes} }}).resources") == {
        "memory": 3000 + 512 + 3 * _overhead(),
        "cores": 2 + 1 + 1 + 1,
        "disk": 4100 + 2048,
        "machines": 4,
    }
    files = '(runTest { nodes.a = { }; }).repeat."2".resources.machines'
    assert evaluate_nixos(files) == 1
