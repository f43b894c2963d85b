"""Bad input to tests of NixOS machines is refused by messages that say what is accepted."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import TREE, refusal_nixos

pytestmark = [
    pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree"),
    pytest.mark.timeout(400),
]

# Name of the case: a test module, and the message.
CASES = {
    "wrong type": (
        '{ globalTimeout = "soon"; }',
        "A definition for option `globalTimeout' is not of type `positive integer",
    ),
    "a time that is none": (
        "{ globalTimeout = 0; }",
        "A definition for option `globalTimeout' is not of type `positive integer",
    ),
    "a kind of trouble that is none": (
        '{ failOn = [ "oops" ]; }',
        'is not of type `one of "core-dump", "failed-unit", "kernel-oops", "kernel-warning",',
    ),
    "a policy that is none": (
        '{ acceleration = "fast"; }',
        'is not of type `one of "prefer", "require", "never"\'',
    ),
    "a compatibility that is none": (
        '{ compatibility = "nixos"; }',
        "A definition for option `compatibility' is not of type "
        '`one of "rehearse", "nixpkgs"\'. Definition values:',
    ),
    "unknown option": (
        '{ testScrpt = ""; }',
        "`testScrpt`, defined in <unknown-file>, is no option of a test. "
        "Options with a similar name are `testScript`",
    ),
    "unknown option in a set": (
        "{ qemu.forceAcel = true; }",
        "`qemu.forceAcel`, defined in <unknown-file>, is no option of a test. "
        "Options with a similar name are `qemu.forceAccel`",
    ),
    "an option of NixOS": (
        "{ services.nginx.enable = true; }",
        "It looks like one of NixOS: such options stand in `nodes.<name>`, or in `defaults`",
    ),
    "a module for something else": (
        '{ imports = [ { _class = "nixos"; } ]; }',
        "nixosTest",
    ),
    "no script": (
        '{ testScript = lib.mkIf false ""; }',
        "rehearse: test `t` has no `testScript`: give Python source, a file with it, or a ",
    ),
    "a name that is no identifier": (
        '{ nodes."my machine" = { }; }',
        "`my machine` cannot be the name of a machine: it becomes a host name and a Python "
        "variable",
    ),
    "names that are one in the script": (
        "{ nodes.a-b = { }; nodes.a_b = { }; }",
        "machines `a-b`, `a_b` have one name in the script, `a_b`, where every character that",
    ),
    "a node and a container of one name": (
        "{ nodes.a = { }; containers.a = { }; }",
        "there are `containers.a` and `nodes.a`: machines of all kinds are on the same networks",
    ),
    "a specialisation in a container": (
        "{ containers.a.specialisation.s.configuration = { }; }",
        "`specialisation` cannot be used in `containers` of a test",
    ),
    "a systemd-nspawn that is too old": (
        "{ containers.a.virtualisation.systemd-nspawn.package ="
        ' pkgs.runCommand "systemd-239" { } ""; }',
        "rehearse: `containers.a`: virtualisation.systemd-nspawn.package: it is systemd 239, and "
        "containers of a test take 242 or newer. Use a newer `pkgs.systemd`.",
    ),
    "machines of two kinds with one name": (
        "{ nodes.a = { }; debian.a = { }; }",
        "there are `debian.a` and `nodes.a`: machines of all kinds are on the same networks",
    ),
    "an attribute that Debian machines have not": (
        "{ debian.a.memory = 5; }",
        "node `a` has no attribute `memory`. It accepts: backend, cores, diskSize,",
    ),
    "too many machines": (
        "{ nodes = lib.genAttrs (map toString (lib.range 1 255)) (_: { }); }",
        "255 machines are too many: each has its number in the last part of an address",
    ),
    "a vlan out of range": (
        "{ nodes.a.virtualisation.vlans = [ 300 ]; }",
        "machine `a` is in network 300, but `virtualisation.vlans` and `virtualisation.interfaces` "
        "have numbers from 0 to 255",
    ),
    "unknown option of a machine": (
        "{ nodes.a.services.ngnix.enable = true; }",
        "The option `nodes.a.services.ngnix' does not exist",
    ),
    "read-only packages": (
        "{ node.pkgs = pkgs; nodes.a.nixpkgs.overlays = [ (_: _: { }) ]; }",
        "nixpkgs.overlays",
    ),
    "read-only packages without packages": (
        "{ node.pkgsReadOnly = true; }",
        "`node.pkgsReadOnly` is true, but there is no `node.pkgs`",
    ),
    "an option that was removed": (
        "{ sshBackdoor.vsockOffset = 5; }",
        "The option definition `sshBackdoor.vsockOffset' in `<unknown-file>' no longer has any "
        "effect; please remove it. Each run of a driver gives its machines vsock addresses of "
        "their own, which `dump_machine_ssh()` prints.",
    ),
    "a feature that is no boolean": (
        '{ requiredFeatures.cuda = "yes"; }',
        "A definition for option `requiredFeatures.cuda' is not of type `boolean'",
    ),
    "the debug hook's limit": (
        "{ enableDebugHook = true; debugHookTimeout = 0; }",
        "A definition for option `debugHookTimeout' is not of type `positive integer",
    ),
    "decisions after each other": (
        '{ matrix.a = { after = [ "b" ]; choice.x = { }; };'
        ' matrix.b = { after = [ "a" ]; choice.x = { }; }; }',
        "of its `matrix` are `after` each other",
    ),
    "a warm start that is none": (
        '{ nodes.a.testing.warmStart = "yes"; }',
        "A definition for option `nodes.a.testing.warmStart' is not of type",
    ),
    "a warm start with a folder of the host": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.sharedDirectories.stage = {"
        ' source = "/srv/stage"; target = "/stage"; }; }; }',
        "rehearse: node `a`: testing.warmStart: a machine with a folder of the host "
        "(`virtualisation.sharedDirectories.stage`) cannot be saved. Put what is in it into the "
        "machine with `environment.etc` or `virtualisation.additionalPaths`, or copy it",
    ),
    "a warm start with a file system of the host": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.fileSystems."
        '"/stage" = { device = "stage"; fsType = "virtiofs"; }; }; }',
        '(`virtualisation.fileSystems."/stage"`, of type virtiofs) cannot be saved.',
    ),
    "a warm start with arguments that share a folder": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.qemu.options = ["
        ' "-virtfs local,path=/srv,mount_tag=stage,security_model=none" ]; }; }',
        '(`virtualisation.qemu.options`: "-virtfs local,path=/srv,mount_tag=stage,'
        'security_model=none") cannot be saved.',
    ),
    "a warm start with the store of the host": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.mountHostNixStore = true; }; }",
        "a machine with the store of the host (`virtualisation.mountHostNixStore = true`) cannot "
        "be saved. Leave the option out: its store is an image then",
    ),
    "a warm start with EFI": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.useEFIBoot = true; }; }",
        "a machine with `virtualisation.useEFIBoot` cannot be saved, because the variables of its "
        "firmware belong to one test. Leave one of the two out.",
    ),
    "a warm start with a boot loader": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.useBootLoader = true; }; }",
        "a machine with `virtualisation.useBootLoader` cannot be saved, because it boots from",
    ),
    "a warm start with a TPM": (
        "{ nodes.a = { testing.warmStart = true; virtualisation.tpm.enable = true; }; }",
        "a machine with `virtualisation.tpm.enable` cannot be saved, because its TPM is a process",
    ),
    "a warm start without the guest agent": (
        "{ nodes.a = { lib, ... }: { testing.warmStart = true;"
        " services.qemuGuest.enable = lib.mkForce false; }; }",
        "a machine without the guest agent (`services.qemuGuest.enable = false`) cannot be saved, "
        "because the driver sets its name and addresses through the agent. Leave one of the two "
        "out.",
    ),
    "reasons against a warm start are shown together": (
        "{ nodes.a = { testing.warmStart = true; virtualisation = { useEFIBoot = true;"
        ' sharedDirectories.stage = { source = "/srv"; target = "/stage"; }; }; }; }',
        "or copy it with copy_from_host in the script. "
        "rehearse: node `a`: testing.warmStart: a machine with `virtualisation.useEFIBoot`",
    ),
    "a warm start of a container": (
        "{ defaults.testing.warmStart = true; containers.a = { }; }",
        "rehearse: `containers.a`: testing.warmStart: a container cannot be saved, and starts in "
        "a second. Set the option for `nodes`, in `nodeDefaults` if it stands in `defaults`.",
    ),
    "stage 1 without systemd": (
        "{ nodes.a.testing.initrdBackdoor = true; }",
        "testing.initrdBackdoor needs boot.initrd.systemd.enable.",
    ),
}


@pytest.mark.parametrize(("module", "message"), CASES.values(), ids=CASES.keys())
def test_refused(module: str, message: str) -> None:
    script = "" if "testScript" in module else 'testScript = "";'
    text = f"(library.runTest (test {{ imports = [ ({module}) ]; {script} }})).drvPath"
    assert message in " ".join(refusal_nixos(text).split())


def test_interactive_variant_is_checked_when_it_is_used() -> None:
    text = refusal_nixos("(runTest { interactive.node.a = { }; }).driverInteractive.drvPath")
    assert "`node.a`, defined in <unknown-file>, is no option of a test." in text


def test_messages_are_shown_together() -> None:
    text = refusal_nixos('(runTest { node.pkgsReadOnly = true; nodes."a b" = { }; }).drvPath')
    assert "`node.pkgsReadOnly` is true" in text
    assert "`a b` cannot be the name" in text
