"""Tests written for the framework of nixpkgs of 2026 evaluate unchanged."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import TREE, evaluate_nixos

pytestmark = [
    pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree"),
    pytest.mark.timeout(400),
]

# Name of the case: an expression, and its value.
CASES: dict[str, tuple[str, object]] = {
    "required features": (
        "let of = test: (evalTest ({ nodes.m = { }; } // test)).requiredSystemFeatures;"
        " in [ (of { requiredFeatures = { kvm = false; cuda = true; }; })"
        " (of { requiredFeatures.nixos-test = false; })"
        ' (of { acceleration = "never"; requiredFeatures.my-farm = true; })'
        ' (of { acceleration = "never"; requiredFeatures.kvm = true; })'
        " (of { containers.c = { }; requiredFeatures.devnet = lib.mkForce false; }) ]",
        [
            ["cuda", "nixos-test"],
            ["kvm"],
            ["my-farm", "nixos-test"],
            ["kvm", "nixos-test"],
            ["kvm", "nixos-test", "uid-range"],
        ],
    ),
    "required features of any name, at any priority": (
        "let of = test: (evalTest ({ nodes.m = { }; } // test)).requiredSystemFeatures;"
        " in [ (of { requiredFeatures.kvm = lib.mkDefault false; })"
        " (of { containers.c = { }; requiredFeatures.devnet = lib.mkDefault false; })"
        ' (of { imports = [ { requiredFeatures.gpu = true; } { requiredFeatures."b c" = true; } ];'
        ' acceleration = "never"; requiredFeatures.nixos-test = lib.mkForce false; })'
        " (of { requiredFeatures.gpu = lib.mkIf false true; })"
        " (of { interactive.requiredFeatures.kvm = false; }) ]",
        [
            ["nixos-test"],
            ["kvm", "nixos-test", "uid-range"],
            ["b c", "gpu"],
            ["kvm", "nixos-test"],
            ["kvm", "nixos-test"],
        ],
    ),
    "required features of a Debian machine that may be a container": (
        "let of = test: (evalTest ({ debian.d.backend = "
        '"auto"; } // test)).requiredSystemFeatures;'
        " in [ (of { })"
        ' (of { acceleration = "require"; })'
        " (of { requiredFeatures.devnet = lib.mkDefault false; })"
        " (of { debian = lib.mkForce { d = { }; }; }) ]",
        [
            ["devnet", "kvm", "nixos-test", "uid-range"],
            ["kvm", "nixos-test"],
            ["kvm", "nixos-test", "uid-range"],
            ["kvm", "nixos-test"],
        ],
    ),
    "the images of a Debian machine that may be a container": (
        "let of = test: (evalTest ({ testScript = builtins.toString 1; } // test))"
        ".driverConfiguration;"
        ' either = of { debian.d.backend = "auto"; nodes.m = { }; };'
        " in [ (builtins.length either.container_images)"
        " (builtins.attrNames either.machines.d.as_container)"
        " (of { debian.d = { }; } ? container_images) ]",
        [2, ["limits", "start_command"], False],
    ),
    "consoles are those of nixpkgs' own framework": (
        'let test = { name = "t"; hostPkgs = pkgs; testScript = ""; nodes = {'
        " a = { }; b.virtualisation.graphics = false; }; };"
        " of = framework: lib.mapAttrs (_: node: [ node.virtualisation.qemu.consoles"
        ' (lib.filter (lib.hasPrefix "console=") node.boot.kernelParams) ])'
        " (framework.evalTest test).config.nodes;"
        f" theirs = of (import ({TREE} + ''/nixos/lib'') {{ inherit lib; }});"
        " in [ (of library == theirs) (lib.attrNames theirs) ]",
        [True, ["a", "b"]],
    ),
    "every required feature of 2026 has a value": (
        "(evalTest { nodes.m = { }; containers.c = { }; }).requiredFeatures",
        {"apple-virt": False, "devnet": True, "kvm": True, "nixos-test": True, "uid-range": True},
    ),
    "containers as an argument of a module": (
        "let address = { containers, nodes, ... }: { environment.etc.peers.text ="
        " containers.box.networking.primaryIPAddress + nodes.m.networking.primaryIPAddress; };"
        " t = evalTest { nodes.m = address; containers = { box = { }; other = address; }; };"
        " in [ t.nodes.m.environment.etc.peers.text"
        " t.containers.other.environment.etc.peers.text ]",
        ["192.168.1.1192.168.1.2"] * 2,
    ),
    "qemu.package and qemu.forceAccel reach the nodes": (
        "let of = test: let t = evalTest test; in [ (lib.mapAttrs (_: n:"
        " n.virtualisation.qemu.forceAccel) t.nodes) t.acceleration"
        " (lib.all (n: n.virtualisation.qemu.package == t.qemu.package)"
        " (lib.attrValues t.nodes)) ];"
        " off = { virtualisation.qemu.forceAccel = lib.mkForce false; }; in"
        " [ (of { qemu.forceAccel = true; nodes = { a = off; b = { }; }; })"
        " (of { qemu.forceAccel = true; nodes.a = off; })"
        " (of { nodes = { a.virtualisation.qemu.forceAccel = true; b = { }; }; })"
        " (of { qemu.package = pkgs.qemu_kvm; nodes.a = { }; }) ]",
        [
            [{"a": False, "b": True}, "require", True],
            [{"a": False}, "prefer", True],
            [{"a": True, "b": False}, "require", True],
            [{"a": False}, "prefer", True],
        ],
    ),
    "a node's own default does not decide about qemu.forceAccel": (
        "map (forceAccel: (evalTest { qemu = { inherit forceAccel; }; nodes.a = { lib, ... }:"
        " { virtualisation.qemu.forceAccel = lib.mkDefault (!forceAccel); }; })"
        ".nodes.a.virtualisation.qemu.forceAccel) [ true false ]",
        [True, False],
    ),
    "result is merged": (
        "let t = runTest { nodes.m = { }; result = { extra = 1; }; };"
        " twice = runTest { imports = [ { result.one = 1; } { result.two = 2; } ]; };"
        " in [ t.extra t.name t.config.name twice.one twice.two ]",
        [1, "vm-test-run-t", "t", 1, 2],
    ),
    "nodesCompat can be defined": (
        "let of = nodesCompat: (evalTest ({ config, ... }: { nodes.vm = { }; containers.box = { };"
        " nodesCompat = nodesCompat config; testScript = { nodes, ... }: toString"
        " (lib.mapAttrsToList (_: m: m.networking.hostName) nodes); })); t = of (config:"
        " lib.mapAttrs (_: value: value) config.containers);"
        " in [ t.testScriptString (lib.attrNames t.allMachines)"
        " t.nodes.vm.virtualisation.test.nodeNumber ]",
        ["box vm", ["box", "vm"], 2],
    ),
    "a machine without the guest agent": (
        "let n = (evalTest { nodes.m.services.qemuGuest.enable = lib.mkForce false; }).nodes.m;"
        " in [ n.services.qemuGuest.enable (n.systemd.services ? qemu-guest-agent)"
        " (n.systemd.services ? backdoor) ]",
        [False, False, True],
    ),
    "a machine without the guest agent has a console for its root shell": (
        'let c = evalTest { testScript = ""; nodes = { a = { };'
        " b.services.qemuGuest.enable = lib.mkForce false; }; };"
        " of = name: c.nodes.${name}.systemd.services.backdoor.serviceConfig; in"
        " [ (lib.mapAttrs (_: m: m.guest_agent or true) c.driverMachines)"
        ' ((of "a").Restart or "no") (of "b").Restart (of "b").KillSignal ]',
        [{"a": True, "b": False}, "no", "always", "SIGHUP"],
    ),
    "a machine without the guest agent has setsid in stage 1": (
        "let n = (evalTest { nodes.a = { testing.initrdBackdoor = true;"
        " boot.initrd.systemd.enable = true; services.qemuGuest.enable = lib.mkForce false; }; })"
        ".nodes.a.boot.initrd.systemd; in [ (n.extraBin ? setsid) (n.services ? qemu-guest-agent)"
        " (n.services ? backdoor) ]",
        [True, False, True],
    ),
    "shared memory": (
        "lib.mapAttrs (_: n: n.virtualisation.qemu.enableSharedMemory) (evalTest { nodes = {"
        " a = { }; b.virtualisation.qemu.enableSharedMemory = false;"
        " c.testing.warmStart = true; }; }).nodes",
        {"a": True, "b": False, "c": False},
    ),
    "a module gives scripts containers with changes as nodes": (
        "let t = evalTest ({ config, ... }: { containers.box = { nodes, ... }:"
        " { networking.domain = nodes.vm.networking.hostName; }; nodes.vm = { };"
        " nodesCompat = lib.mkIf true (lib.mapAttrs (_: c: c // { virtualisation ="
        " c.virtualisation // { useNixStoreImage = false; }; }) config.containers);"
        " testScript = { nodes, containers, ... }: nodes.box.networking.domain"
        " + nodes.vm.config.networking.hostName + containers.box.networking.hostName; });"
        " in t.testScriptString",
        "vmvmbox",
    ),
    "programs that switch systems are left out unless there is one to switch to": (
        # NixOS of 2026 has this option.
        "let node = more: { imports = [ { options.isSpecialisation = lib.mkOption"
        " { type = lib.types.bool; }; config.isSpecialisation = lib.mkDefault false; } more ]; };"
        " in lib.mapAttrs (_: n: n.system.switch.enable)"
        " (evalTest { nodes = lib.mapAttrs (_: node) { a = { };"
        " b.specialisation.s.configuration = { }; c.system.switch.enable = true; }; }).nodes",
        {"a": False, "b": True, "c": True},
    ),
    "a writable store of a container": (
        "map (container: let c = (evalTest { containers.a = container; }).containers.a; in"
        ' [ (lib.elem "--bind-ro=/nix/store" c.virtualisation.systemd-nspawn.options)'
        ' (lib.hasInfix "writable_store=1\n" c.system.build.nspawn.text) ])'
        " [ { } { virtualisation.writableStore = true; } ]",
        [[True, False], [False, True]],
    ),
    "containers have no index of manuals": (
        "lib.mapAttrs (_: c: c.documentation.info.enable) (evalTest { containers = { a = { };"
        " b.documentation.info.enable = true; }; }).containers",
        {"a": False, "b": True},
    ),
}


@pytest.mark.parametrize(("expression", "value"), CASES.values(), ids=CASES.keys())
def test_interface(expression: str, value: object) -> None:
    assert evaluate_nixos(expression) == value
