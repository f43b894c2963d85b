"""Nodes that are a machine in QEMU or a container: what they become, and what is refused."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

AUTO = 'backend = "auto";'
BAD = {
    "a kernel": (
        f'nodes.n = {{ {AUTO} kernel = "bookworm"; }};',
        'node `n`: `kernel` cannot be set with `backend = "auto"`: a container shares the kernel '
        "of the computer that runs the test. Leave one of the two out.",
    ),
    "a parameter of the kernel": (
        f'nodes.n = {{ {AUTO} kernelParameters = [ "quiet" ]; }};',
        "node `n`: `kernelParameters` cannot be set with",
    ),
    "a screen": (
        f"nodes.n = {{ {AUTO} graphics = true; }};",
        '`graphics` cannot be set with `backend = "auto"`: a container has no screen.',
    ),
    "a recording": (
        f'nodes.n = {{ {AUTO} recordScreen = "always"; }};',
        "`recordScreen` cannot be set with",
    ),
    "a disk": (
        f"nodes.n = {{ {AUTO} emptyDiskImages = [ 64 ]; }};",
        '`emptyDiskImages` cannot be set with `backend = "auto"`: a container has no disk',
    ),
    "a file system": (
        f'nodes.n = {{ {AUTO} rootFilesystem = "ext4"; }};',
        "`rootFilesystem` cannot be set with",
    ),
    "power cuts": (
        f"nodes.n = {{ {AUTO} powerCuts = true; }};",
        "`powerCuts` cannot be set with",
    ),
    "firmware": (f"nodes.n = {{ {AUTO} efi = true; }};", "`efi` cannot be set with"),
    "arguments of QEMU": (
        f'nodes.n = {{ {AUTO} qemu.options = [ "-s" ]; }};',
        "`qemu` cannot be set with",
    ),
    "a snapshot": (
        f"nodes.n = {{ {AUTO} warmStart = true; }};",
        '`warmStart` cannot be set with `backend = "auto"`: the memory of a container',
    ),
    "variants": (
        f'nodes.n = {{ {AUTO} variants.kernel = [ "bookworm" ]; }};',
        "`variants` cannot be set with",
    ),
    "a port": (
        f"nodes.n = {{ {AUTO} forwardPorts = [ {{ host.port = 1; guest.port = 2; }} ]; }};",
        "`forwardPorts` cannot be set with",
    ),
    "in another order": (
        f"nodes = {{ a = {{ }}; n = {{ efi = true; {AUTO} }}; }};",
        "node `n`: `efi` cannot be set with",
    ),
    "another back end": (
        'nodes.n.backend = "nspawn";',
        'node `n`: `backend` is "qemu" or "auto", but "nspawn" was given.',
    ),
    "a container": (
        f"containers.n = {{ {AUTO} }};",
        "container `n`: `backend` cannot be set: systemd-nspawn runs each container.",
    ),
}


def _test(text: str) -> str:
    return f'(import {SOURCE}/lib/debian {{ }}).runTest {{ name = "t"; testScript = ""; {text} }}'


def _machine(text: str) -> dict[str, object]:
    found = evaluate(f"({_test(text)}).driverConfiguration.machines.n")
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD.keys())
def test_node_is_refused(text: str, message: str) -> None:
    assert message in refusal(f"({_test(text)}).drvPath")


def test_the_driver_is_told_of_both_forms() -> None:
    either = _machine(f"nodes.n = {{ {AUTO} }};")
    alone = _machine("nodes.n = { };")
    form = either.pop("as_container")
    assert either == alone
    container = _machine("containers.n = { };")
    assert isinstance(form, dict)
    assert form.pop("limits") == {"memory_mib": 512, "cores": 1, "required": False}
    assert form == {name: container[name] for name in form}
    assert "start_command" in form


def test_the_images_of_machines_that_can_be_containers_are_held() -> None:
    one, same = f"a = {{ {AUTO} }};", f"b = {{ {AUTO} }};"
    other = f'c = {{ {AUTO} packages = [ "curl" ]; }};'
    for nodes, containers, archives in (
        (one, "", 1),
        (one + same, "d = { };", 1),
        (one + other, "", 2),
        ("a = { };", "d = { };", 1),
        ("a = { };", "", None),
    ):
        test = _test(f"nodes = {{ {nodes} }}; containers = {{ {containers} }};")
        found = evaluate(f"({test}).driverConfiguration.container_images or null")
        assert (None if archives is None else len(found) - 1) == archives


@pytest.mark.parametrize(
    "attributes",
    [
        'kernel = "trixie";',
        "graphics = false; efi = false; powerCuts = false;",
        'rootFilesystem = "overlay"; diskSize = 2048; emptyDiskImages = [ ];',
        "warmStart = false; variants = { }; qemu.options = [ ];",
        'packages = [ "curl" ]; memorySize = 256; cores = 2; vlans = [ 1 2 ];',
    ],
)
def test_what_both_have_is_accepted(attributes: str) -> None:
    assert "as_container" in _machine(f"nodes.n = {{ {AUTO} {attributes} }};")


def test_both_have_the_same_addresses_and_files() -> None:
    test = _test(f'nodes.n = {{ {AUTO} files."/f" = "x"; vlans = [ 3 ]; }}; containers.o = {{ }};')
    found = evaluate(
        f"let n = ({test}).nodes.n; in {{ inherit (n.nspawn.drvAttrs) interfaces;"
        " inherit (n.networking) primaryIPAddress; }"
    )
    assert isinstance(found, dict)
    assert found["primaryIPAddress"] == "192.168.3.1"
    assert " 192.168.3.1/24 " in found["interfaces"]


def test_a_builder_has_to_have_what_containers_take_unless_kvm_is_required() -> None:
    features = 'builtins.concatStringsSep " " (test.drvAttrs.requiredSystemFeatures or [ ])'
    either, other = f"nodes.n = {{ {AUTO} }};", "containers.c = { };"
    for text, expected in (
        ("nodes.n = { };", ""),
        (either, "uid-range devnet"),
        (f'{either} acceleration = "never";', "uid-range devnet"),
        (f'{either} acceleration = "require";', "kvm"),
        (f'{either} {other} acceleration = "require";', "kvm uid-range devnet"),
    ):
        assert evaluate(f"let test = {_test(text)}; in {features}") == expected
