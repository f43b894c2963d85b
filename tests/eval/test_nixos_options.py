"""Each option of a test of NixOS machines does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate_nixos

pytestmark = [
    pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree"),
    pytest.mark.timeout(400),
]

# Name of the case: an expression, and its value.
CASES: dict[str, tuple[str, object]] = {
    "name": (
        '(runTest { name = "two parts"; }).name',
        "vm-test-run-two-parts",
    ),
    "a test may be a function": (
        "(evalTest ({ hostPkgs, lib, ... }: { name = hostPkgs.stdenv.hostPlatform.system; })).name",
        "x86_64-linux",
    ),
    "hostPkgs": (
        'lib.hasPrefix "${pkgs.qemu_test}" (evalTest { }).driverConfiguration.acceleration.qemu',
        True,
    ),
    "the argument pkgs": (
        "(evalTest ({ pkgs, ... }: { passthru.same = pkgs.vde2; })).passthru.same == pkgs.vde2",
        True,
    ),
    "globalTimeout": (
        "(evalTest { globalTimeout = 600; }).driverConfiguration.global_timeout_seconds",
        600,
    ),
    "testScript as a text": ('(evalTest { testScript = "pass"; }).testScriptString', "pass"),
    "testScript as a file": (
        f"let c = evalTest {{ testScript = {__file__}; }}; in [ c.testScriptString"
        " c.testScriptSource ]",
        [Path(__file__).read_text(encoding="utf-8"), __file__],
    ),
    "testScript as a function to a file": (
        f"let c = evalTest {{ testScript = {{ nodes }}: {__file__}; }}; in [ c.testScriptString"
        " c.testScriptSource ]",
        [Path(__file__).read_text(encoding="utf-8"), __file__],
    ),
    "testScript as a text comes from no file": (
        '(evalTest { testScript = "pass"; }).testScriptSource',
        None,
    ),
    "testScript gets what it names": (
        "(evalTest { nodes.a = { }; testScript = { nodes, ... }@given: "
        "toString (lib.attrNames given); }).testScriptString",
        "nodes",
    ),
    "testScript that names nothing gets all": (
        "(evalTest { nodes.a = { }; testScript = given: "
        "toString (lib.attrNames given.nodes); }).testScriptString",
        "a",
    ),
    "skipLint": (
        "(evalTest { skipLint = true; }).checkFlags",
        "--skip-lint",
    ),
    "skipTypeCheck": (
        "(evalTest { skipTypeCheck = true; }).checkFlags",
        "--skip-type-check",
    ),
    "extraDriverArgs": (
        '(runTest { extraDriverArgs = [ "--junit-xml=a b.xml" ]; }).driver.flags',
        "'--junit-xml=a b.xml'",
    ),
    "enableDebugHook": (
        "let flags = (evalTest { enableDebugHook = true; debugHookTimeout = 60; }).extraDriverArgs;"
        ' in [ (lib.hasSuffix "/bin/nixos-test-attach" (lib.head flags)) (lib.last flags) ]',
        [True, "--debug-hook-timeout=60"],
    ),
    "logLevel": (
        '(evalTest { logLevel = "debug"; }).extraDriverArgs',
        ["--log-level=debug"],
    ),
    "extraPythonPackages": (
        "let of = x: (evalTest { extraPythonPackages = x; })"
        ".pythonTestDriverPackage.drvPath; in of (p: [ p.colorama ]) == of (p: [ ])",
        False,
    ),
    # With what the packages need themselves, but without Python, and what is no Python package.
    "the folders of extraPythonPackages": (
        'let one = name: more: { inherit name; type = "derivation"; outPath = "/${name}"; }'
        ' // more; python = one "python" { };'
        ' two = one "two" { pythonModule = python; requiredPythonModules = [ python ]; };'
        ' three = one "three" { pythonModule = python; requiredPythonModules = [ python two ]; };'
        ' given = _: [ three two (one "curl" { pythonModule = false; }) (one "make" { }) ];'
        " of = x: (evalTest x).driverConfiguration.python_path or null;"
        " in map of [ { extraPythonPackages = given; } { } ]",
        [["/three", "/two"], None],
    ),
    "enableOCR": (
        "let of = enableOCR: (evalTest { inherit enableOCR; }).driverConfiguration ? tesseract;"
        " in map of [ true false ]",
        [True, False],
    ),
    "qemu.package": (
        "(evalTest { qemu.package = pkgs.qemu; nodes.a = { }; }).nodes.a.virtualisation"
        ".qemu.package"
        " == pkgs.qemu",
        True,
    ),
    "qemu.forceAccel": (
        "(evalTest { qemu.forceAccel = true; }).driverConfiguration.acceleration.policy",
        "require",
    ),
    "acceleration": (
        'let of = acceleration: (evalTest { inherit acceleration; testScript = ""; })'
        ".rawTestDerivation.requiredSystemFeatures;"
        ' in map of [ "prefer" "require" "never" ]',
        [["kvm", "nixos-test"], ["kvm", "nixos-test"], ["nixos-test"]],
    ),
    "requiredSystemFeatures": (
        '(evalTest { requiredSystemFeatures = [ "x" ]; requiredFeatures.y = true;'
        ' testScript = ""; }).rawTestDerivation.requiredSystemFeatures',
        ["x"],
    ),
    "passthru": (
        '(runTest { passthru.motto = "x"; }).motto',
        "x",
    ),
    "meta": (
        '(runTest { meta = { description = "d"; timeout = null; }; }).meta.description',
        "d",
    ),
    "meta leaves out what is null": ("(evalTest { meta.timeout = null; }).meta ? timeout", False),
    "interactive": (
        "let c = evalTest { nodes.a = { }; interactive.nodes.a.virtualisation.memorySize = 77;"
        " interactive.globalTimeout = 5; };"
        " in [ c.interactive.nodes.a.virtualisation.memorySize c.nodes.a.virtualisation.memorySize"
        " c.interactive.extraDriverArgs c.extraDriverArgs c.interactive.globalTimeout ]",
        [77, 1024, ["--interactive"], [], 5],
    ),
    "sshBackdoor": (
        "let t = evalTest { sshBackdoor.enable = true;"
        " nodes = { a = { }; b = { }; }; }; n = t.nodes.b; m = t.driverMachines.b;"
        " in [ n.services.openssh.enable n.services.openssh.settings.PermitEmptyPasswords"
        " m.ssh m.vsock_number ]",
        [True, "yes", True, 2],
    ),
    "params": (
        "(evalTest ({ params, ... }: { params.version = 15;"
        " testScript = toString params.version; })).testScriptString",
        "15",
    ),
    "the legacy option machine": (
        '(evalTest { machine.networking.domain = "d"; }).nodes.machine.networking.fqdn',
        "machine.d",
    ),
    "extend": (
        '((runTest { }).extend { modules = [ { name = "other"; } ]; }).name',
        "vm-test-run-other",
    ),
    "extendNixOS": (
        "((runTest { nodes.a = { }; }).extendNixOS { module = { domain, ... }: "
        '{ networking = { inherit domain; }; }; specialArgs.domain = "d"; })'
        ".nodes.a.networking.fqdn",
        "a.d",
    ),
    "overrideTestDerivation": (
        "let t = runTest { }; of = c: (t.overrideTestDerivation c).config.rawTestDerivation.x;"
        ' in [ (of { x = "1"; }) (of (old: { x = old.name; }))'
        " (of (final: old: { x = final.name; })) ]",
        ["1", "vm-test-run-t", "vm-test-run-t"],
    ),
    "passthru of the framework": (
        "let t = runTest { nodes.a = { }; }; in [ (t.test.name) (t.config.name) (t.driver.name)"
        " (t.driverInteractive.flags) (t.nodes.a.networking.hostName) (t.scriptCheck.name) ]",
        [
            "vm-test-run-t",
            "t",
            "nixos-test-driver-t",
            "'--interactive'",
            "a",
            "check-script-t",
        ],
    ),
    "report": (
        "let t = runTest { enableDebugHook = true; nodes.a = { }; };"
        " run = t.config.rawTestDerivation; in"
        " [ t.report.name t.config.report.keepFailure (run ? keepFailure)"
        ' (t.config.report.flags == run.flags) (lib.hasInfix "--debug-hook-attach" run.flags)'
        " (t.config.report.buildCommand == run.buildCommand) ]",
        ["vm-test-report-t", "1", False, True, True, True],
    ),
    "keepFailures": (
        "let of = keepFailures: runTest { inherit keepFailures; nodes.a = { }; };"
        " runs = t: t.config.rawTestDerivation ? checkFlags;"
        " in [ (runs (of true)) (runs (of false)) ((of true).name)"
        " ((of true).config.rawTestDerivation.report.drvPath == (of false).report.drvPath) ]",
        [False, True, "vm-test-run-t", True],
    ),
    "failOn": (
        "let of = more: (evalTest ({ nodes.a = { }; } // more)).driverConfiguration.fail_on;"
        ' in [ (of { failOn = [ "oom" ]; }) (of { failOn = [ ]; }) (of { }) ]',
        [["oom"], [], []],
    ),
    "compatibility": (
        "let of = more: (evalTest ({ nodes.a = { }; } // more)).driverConfiguration.compatibility;"
        ' in [ (of { compatibility = "nixpkgs"; }) (of { compatibility = "rehearse"; }) (of { }) ]',
        ["nixpkgs", "rehearse", "rehearse"],
    ),
    "repeat": (
        'let t = runTest { nodes.a = { }; }; second = t.repeat."2"; in'
        " [ (lib.attrNames (t.repeat 2)) second.name second.report.name"
        ' (second.drvPath == (t.repeat 2)."2".drvPath)'
        ' (second.drvPath == t.drvPath) (second.drvPath == t.repeat."3".drvPath) ]',
        [["1", "2"], "vm-test-run-t-repeat-2", "vm-test-report-t-repeat-2", True, False, False],
    ),
    "containers": (
        "let t = evalTest { nodes.b = { }; containers.a = { }; }; m = t.driverConfiguration"
        ".machines; in [ m.a.container (m.b.container or false) m.a.vlans"
        ' (lib.hasSuffix "/bin/run-a-nspawn" (lib.head m.a.start_command))'
        " t.nodes.b.networking.primaryIPAddress t.containers.a.networking.primaryIPAddress ]",
        [True, False, [1], True, "192.168.1.2", "192.168.1.1"],
    ),
    "containers and nodes know one another": (
        "let t = evalTest { nodes.b = { }; containers.a = { }; };"
        " in t.nodes.b.networking.extraHosts == t.containers.a.networking.extraHosts",
        True,
    ),
    "the machine of a container can be built": (
        "lib.isString (evalTest { containers.a = { }; }).containers.a.system.build.nspawn.drvPath",
        True,
    ),
    "defaults and containerDefaults": (
        'let t = evalTest { nodes.b = { }; containers.a = { }; defaults.networking.domain = "d";'
        ' containerDefaults.environment.etc.x.text = "y"; };'
        " in [ t.containers.a.networking.fqdn t.containers.a.environment.etc.x.text"
        " (t.nodes.b.environment.etc ? x) ]",
        ["a.d", "y", False],
    ),
    "defaults may set the shells of the driver for nodes and containers": (
        "let of = testing: let t = evalTest { nodes.b = { }; containers.a = { }; defaults = {"
        " inherit testing; }; }; in map (m: m.systemd.services ? backdoor)"
        " [ t.nodes.b t.containers.a ]; in map of"
        " [ { } { backdoor = false; } { initrdBackdoor = false; } ]",
        [[True, True], [False, False], [True, True]],
    ),
    "logins of a container are checked in nixpkgs' order": (
        "let text = (evalTest { containers.a = { }; }).containers.a.security.pam.services.login"
        '.text; in map (line: lib.head (lib.splitString " " line)) (lib.init (lib.splitString'
        ' "\\n" text))',
        ["auth", "account", "password", "session"],
    ),
    "testScript gets containers": (
        "(evalTest { nodes.b = { }; containers.a = { }; testScript = { nodes, containers }:"
        " toString (lib.attrNames nodes ++ lib.attrNames containers); }).testScriptString",
        "b a",
    ),
    "a test of containers alone needs no KVM, one with nodes does": (
        "map (m: (evalTest m).requiredSystemFeatures)"
        " [ { containers.a = { }; } { containers.a = { }; nodes.b = { }; } ]",
        [["nixos-test", "uid-range"], ["devnet", "kvm", "nixos-test", "uid-range"]],
    ),
    "virtualisation.interfaces of a container": (
        "let a = (evalTest { containers.a.virtualisation.interfaces.lan ="
        " { vlan = 3; assignIP = true; }; }).containers.a;"
        ' in [ a.networking.primaryIPAddress (lib.hasInfix "lan 3 52:54:00:12:03:01"'
        " a.system.build.nspawn.text) ]",
        ["192.168.3.1", True],
    ),
    "virtualisation of a container": (
        "let text = (evalTest { containers.a.virtualisation = { rootDir = ''/r o''; cmdline ="
        ' [ "--one 1" ]; systemd-nspawn.options = [ "--two=a b" ]; }; })'
        ".containers.a.system.build.nspawn.text; in map (part: lib.hasInfix part text)"
        " [ \"root='/r o'\" \"/init '--one 1'\" \"'--two=a b'\" ]",
        [True, True, True],
    ),
    "virtualisation.powerCuts": (
        "lib.mapAttrs (_: machine: machine.power_cuts) (evalTest { nodes = { a = { };"
        " b.virtualisation.powerCuts = true; }; }).driverConfiguration.machines",
        {"a": False, "b": True},
    ),
    "virtualisation.recordScreen": (
        "lib.mapAttrs (_: machine: machine.record_screen) (evalTest { nodes = { a = { };"
        ' b.services.xserver.enable = true; c.virtualisation.recordScreen = "always"; }; })'
        ".driverConfiguration.machines",
        {"a": "never", "b": "on-failure", "c": "always"},
    ),
    "testers.runNixOSTest": (
        f"((import {SOURCE}/lib/testers.nix {{ inherit pkgs; }}).runNixOSTest"
        ' { name = "r"; testScript = ""; }).config.node.pkgs.vde2 == pkgs.vde2',
        True,
    ),
    "testers.nixosTest": (
        f"((import {SOURCE}/lib/testers.nix {{ inherit pkgs; }}).nixosTest"
        ' ({ lib, ... }: { name = "n"; testScript = ""; })).name',
        "vm-test-run-n",
    ),
    "makeTest": (
        f"(import {SOURCE}/lib/testing-python.nix {{ inherit pkgs; }}).makeTest"
        ' { testScript = ""; } ? testScriptString',
        True,
    ),
    "a test with packages of its own needs no other nixpkgs": (
        f'((import {SOURCE}/lib/outputs.nix {{ debian = null; nixpkgs = throw "touched"; }})'
        '.runTest { hostPkgs = pkgs; name = "own"; testScript = ""; }).name',
        "vm-test-run-own",
    ),
}

MATRIX = """
  { filesystem, ... }: {
    matrix.filesystem.choice = {
      ext4.module.globalTimeout = 1;
      xfs.module.globalTimeout = 2;
      zfs.enable = false;
    };
    matrix.backend.after = [ "filesystem" ];
    matrix.backend.enable = filesystem == "xfs";
    matrix.backend.choice = { b.module = { }; a.module = { }; };
    testScript = "# ${filesystem}";
  }
"""


@pytest.mark.parametrize(("expression", "value"), CASES.values(), ids=CASES.keys())
def test_option(expression: str, value: object) -> None:
    assert evaluate_nixos(expression) == value


def test_matrix_makes_a_tree() -> None:
    shown = f"""
      let tree = runTest ({MATRIX}); leaf = t: [ t.config.testScriptString t.config.globalTimeout ];
      in {{
        top = lib.attrNames tree;
        ext4 = leaf tree.filesystem-ext4;
        xfs = lib.attrNames tree.filesystem-xfs;
        deep = leaf tree.filesystem-xfs.backend-a;
        flat = lib.attrNames (import {SOURCE}/lib/matrix-tests.nix "t" tree);
      }}
    """
    assert evaluate_nixos(shown) == {
        "top": ["extend", "filesystem-ext4", "filesystem-xfs", "recurseForDerivations"],
        "ext4": ["# ext4", 1],
        "xfs": ["backend-a", "backend-b", "recurseForDerivations"],
        "deep": ["# xfs", 2],
        "flat": ["t-filesystem-ext4", "t-filesystem-xfs-backend-a", "t-filesystem-xfs-backend-b"],
    }


def test_a_script_rebuilds_itself_only() -> None:
    parts = "[ c.nodes.a.system.build.vm.drvPath c.driverConfigurationFile.drvPath"
    parts += " c.pythonTestDriverPackage.drvPath ]"
    of = (
        "let of = testScript: let c = evalTest { nodes.a = { }; inherit testScript; };"
        f" in {parts};"
        ' in of "a" == of "b"'
    )
    assert evaluate_nixos(of) is True
    test = 'let of = testScript: (runTest { inherit testScript; }).drvPath; in of "a" == of "b"'
    assert evaluate_nixos(test) is False


OPTIONS = "lib.optionAttrSetToDocList (library.evalTest (test { })).options"
# Options that were removed are declared, too, to be refused with a message.
DECLARED = f"lib.filter (o: o.visible || o.internal) ({OPTIONS})"
# Nobody sets these.
MADE_BY_THE_FRAMEWORK = ["driver", "pythonTestDriverPackage", "test"]


def test_every_option_is_described() -> None:
    names = f"map (o: o.name) (lib.filter (o: o.description == null) ({DECLARED}))"
    assert evaluate_nixos(names) == []


def test_every_public_option_has_an_example() -> None:
    public = '!o.internal && o.visible && !(lib.hasPrefix "_module" o.name)'
    names = f"map (o: o.name) (lib.filter (o: {public} && !(o ? example)) ({OPTIONS}))"
    assert evaluate_nixos(names) == MADE_BY_THE_FRAMEWORK
