"""Bad input is refused at evaluation, by messages that name the place and what is accepted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

NODE = {
    "unknown attribute": (
        "{ memory = 512; }",
        "node `a` has no attribute `memory`. It accepts: cores, diskSize, efi, emptyDiskImages,",
    ),
    "memorySize": (
        '{ memorySize = "big"; }',
        'node `a`: `memorySize` is MiB of memory, from 112, but "big" was given',
    ),
    "vlan out of range": (
        "{ vlans = [ 255 ]; }",
        "node `a`: `vlans` is a list of network numbers from 1 to 254",
    ),
    "interface without a network": (
        "{ interfaces.wan = { }; }",
        "node `a`: interface `wan`: `vlan` is a network number from 1 to 254, but null was given",
    ),
    "interface in no possible network": (
        "{ interfaces.wan.vlan = 255; }",
        "interface `wan`: `vlan` is a network number from 1 to 254, but 255 was given",
    ),
    "interface attribute": (
        "{ interfaces.wan = { vlan = 1; dhcp = true; }; }",
        "node `a`: interface `wan` has no attribute `dhcp`. It accepts: assignIP, vlan.",
    ),
    "assignIP": (
        '{ interfaces.wan = { vlan = 1; assignIP = "yes"; }; }',
        'interface `wan`: `assignIP` is true or false, but "yes" was given',
    ),
    "interfaces as a list": (
        "{ interfaces = [ 1 ]; }",
        "`interfaces` is an attribute set of network cards by name",
    ),
    "variants of interfaces": (
        "{ variants.interfaces = [ 1 2 ]; }",
        "node `a`: variants: `interfaces` cannot differ: it is the same for all variants",
    ),
    "name of an interface": (
        '{ interfaces."1st".vlan = 1; }',
        "interface `1st`: a name begins with a letter, and has letters, digits, - and _",
    ),
    "long name of an interface": (
        "{ interfaces.toolongforthekernel.vlan = 1; }",
        "interface `toolongforthekernel`: a name begins with a letter",
    ),
    "name of the loopback interface": (
        "{ interfaces.lo.vlan = 1; }",
        "interface `lo`: this is the loopback interface.",
    ),
    "name of the card for forwarded ports": (
        "{ interfaces.eth0.vlan = 1; }",
        "interface `eth0`: this is the card for forwarded ports.",
    ),
    "name of all interfaces": (
        "{ interfaces.all.vlan = 1; }",
        "interface `all`: this is the kernel's name for the settings of all cards.",
    ),
    "name of a card of vlans": (
        "{ vlans = [ 1 ]; interfaces.eth1.vlan = 2; }",
        "interface `eth1`: `vlans` has a card of this name",
    ),
    "interface in the network of another card": (
        "{ vlans = [ 1 ]; interfaces.wan.vlan = 1; }",
        "interface `wan`: the node has another card in network 1.",
    ),
    "two interfaces in one network": (
        "{ interfaces = { a.vlan = 3; b.vlan = 3; }; }",
        "interface `a`: the node has another card in network 3.",
    ),
    "kernel": (
        '{ kernel = "sarge"; }',
        '`kernel` is the suite of a locked kernel: "bookworm", "trixie" or "testing", but "sarge"',
    ),
    "rootFilesystem": (
        '{ rootFilesystem = "ntfs"; }',
        '`rootFilesystem` is "overlay", "ext4", "xfs" or "btrfs", but "ntfs" was given',
    ),
    "kernelParameters as one text": (
        '{ kernelParameters = "quiet"; }',
        '`kernelParameters` is a list of kernel parameters, each a text, but "quiet" was given',
    ),
    "kernel parameter that is a number": (
        "{ kernelParameters = [ 3 ]; }",
        "`kernelParameters` is a list of kernel parameters, each a text",
    ),
    "two kernel parameters in one": (
        '{ kernelParameters = [ "quiet splash" ]; }',
        'node `a`: kernelParameters: "quiet splash" is refused: '
        "it has a space outside of double quotes",
    ),
    "empty kernel parameter": (
        '{ kernelParameters = [ "" ]; }',
        'kernelParameters: "" is refused: a kernel parameter has a name',
    ),
    "kernel parameter without a name": (
        '{ kernelParameters = [ "=1" ]; }',
        'kernelParameters: "=1" is refused: a kernel parameter has a name',
    ),
    "kernel parameter with a line break": (
        '{ kernelParameters = [ "quiet\\n" ]; }',
        "a kernel parameter consists of printable ASCII characters, without line breaks",
    ),
    "kernel parameter with an open quote": (
        '{ kernelParameters = [ "dyndbg=\\"file a.c" ]; }',
        "is refused: a double quote is not closed",
    ),
    "console": (
        '{ kernelParameters = [ "console=tty0" ]; }',
        '"console=tty0" is refused: the driver reads the serial console; '
        "`graphics = true` adds the screen",
    ),
    "root": (
        '{ kernelParameters = [ "root=/dev/vdb" ]; }',
        "is refused: the initial RAM disk of the driver mounts the root file system: "
        "choose it with `rootFilesystem`",
    ),
    "init": (
        '{ kernelParameters = [ "init=/bin/sh" ]; }',
        "is refused: the first process is the driver's, and then systemd",
    ),
    "panic": (
        '{ kernelParameters = [ "panic=10" ]; }',
        "is refused: a panic must end QEMU",
    ),
    "net.ifnames": (
        '{ kernelParameters = [ "net.ifnames=1" ]; }',
        "is refused: network cards are called eth0, eth1 and so on",
    ),
    "a parameter of the driver's": (
        '{ kernelParameters = [ "rehearse.root=xfs" ]; }',
        "is refused: names with `rehearse.` are the driver's own",
    ),
    "what is for the first process": (
        '{ kernelParameters = [ "--" ]; }',
        "is refused: what follows `--` is for the first process",
    ),
    "too many kernel parameters": (
        '{ kernelParameters = builtins.genList (n: "parameter=${toString n}") 200; }',
        "characters are too many: the kernel's command line has room for 1547",
    ),
    "graphics": (
        '{ graphics = "on"; }',
        '`graphics` is true or false, but "on" was given',
    ),
    "forwarded port": (
        "{ forwardPorts = [ { host.port = 8080; } ]; }",
        "node `a`: forwardPorts: guest: `port` is a number from 1 to 65535, but null was given",
    ),
    "address of a forwarded port": (
        '{ forwardPorts = [ { host.port = 1; host.address = "localhost"; guest.port = 1; } ]; }',
        'node `a`: forwardPorts: host: `address` is an IPv4 address, but "localhost" was given',
    ),
    "efi": ("{ efi = 1; }", "`efi` is true or false, but 1 was given"),
    "powerCuts": ("{ powerCuts = 1; }", "`powerCuts` is true or false, but 1 was given"),
    "recordScreen": (
        "{ recordScreen = true; }",
        '`recordScreen` is "never", "on-failure" or "always", but true was given',
    ),
    "warmStart of a wrong type": (
        '{ warmStart = "yes"; }',
        '`warmStart` is true, false, or { condition, newMachineId }, but "yes" was given',
    ),
    "warmStart attribute": (
        "{ warmStart.unit = 1; }",
        "node `a`: warmStart has no attribute `unit`. It accepts: condition, newMachineId.",
    ),
    "warmStart with a folder of the host": (
        '{ warmStart = true; qemu.options = [ "-virtfs" "local,path=/srv,mount_tag=stage" ]; }',
        "node `a`: warmStart: a machine with a folder of the host (`qemu.options`: "
        '"-virtfs local,path=/srv,mount_tag=stage") cannot be saved. '
        "Put the files into it with `files`, or copy them with copy_from_host",
    ),
    "warmStart with virtiofs": (
        '{ warmStart = true; qemu.options = [ "-device vhost-user-fs-pci,tag=stage" ]; }',
        '"-device vhost-user-fs-pci,tag=stage") cannot be saved',
    ),
    "warmStart with efi": (
        "{ warmStart = true; efi = true; }",
        "node `a`: warmStart: a machine with `efi = true` cannot be saved",
    ),
    "relative file": (
        '{ files.motto = "x"; }',
        "node `a`: file `motto`: the name is an absolute path",
    ),
    "file with two contents": (
        '{ files."/m" = { text = "x"; source = "/nix/store/x"; }; }',
        "exactly one of `text` and `source`",
    ),
    "file mode": (
        '{ files."/m" = { text = "x"; mode = "rw"; }; }',
        '`mode` is an octal mode such as "0644", but "rw" was given',
    ),
    "service attribute": (
        '{ services.web.script = "x"; }',
        "node `a`: service `web` has no attribute `script`",
    ),
    "user attribute": (
        '{ users.hamlet.email = "x"; }',
        "node `a`: user `hamlet` has no attribute `email`",
    ),
    "user name": ("{ users.Hamlet = { }; }", "`Hamlet` is no name for a user"),
    "qemu attribute": (
        "{ qemu.package = 1; }",
        "node `a`: qemu has no attribute `package`. It accepts: options",
    ),
    "package not locked": (
        '{ packages = [ "gimp" ]; }',
        "package `gimp` is not locked for Debian suite `trixie`. "
        "Add it with: nix run .#debian -- lock add trixie gimp\n",
    ),
    "package not locked, in a flake of its own": (
        '{ packages = [ "gimp" ]; }',
        f"In a flake of your own, copy {SOURCE}/lib/debian/debian.lock.json into its folder unless "
        "it has a lock, add the package with `nix run rehearse#debian -- lock add --lock "
        "debian.lock.json trixie gimp`, and write `rehearse.lib.debian.withLock "
        "./debian.lock.json` instead of `rehearse.lib.debian`.",
    ),
}

TEST = {
    "no node": ("nodes = { };", "`nodes` is empty"),
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
        "machines `web-1`, `web_1` are one in the script, where both are called `web_1`",
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
        " testScript. Did you mean `globalTimeout`?",
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
        "test `t`: `nodes` is missing. It is an attribute set of Debian nodes.",
    ),
    "nodes in a list": (
        "nodes = [ { } ];",
        "test `t`: `nodes` is an attribute set of Debian nodes, but a list was given.",
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


@pytest.mark.parametrize(("node", "message"), NODE.values(), ids=NODE.keys())
def test_node_is_refused(node: str, message: str) -> None:
    assert message in refusal(
        f'(runTest {{ name = "t"; nodes.a = {node}; testScript = ""; }}).drvPath'
    )


@pytest.mark.parametrize(("test", "message"), TEST.values(), ids=TEST.keys())
def test_test_is_refused(test: str, message: str) -> None:
    defaults = '{ name = "t"; testScript = ""; }'
    assert message in refusal(f"(runTest ({defaults} // {{ {test} }})).drvPath")


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ({"version": 99, "architecture": "amd64"}, "lock version 99 is not understood, only 1 is"),
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
