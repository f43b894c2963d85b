"""Bad attributes of Debian nodes are refused by messages that name the place and what is right."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, refusal

NODE = {
    "unknown attribute": (
        "{ memory = 512; }",
        "node `a` has no attribute `memory`. It accepts: backend, cores, diskSize, efi, ",
    ),
    "the attribute that a mistyped one stands for": (
        "{ memory = 512; }",
        " vlans, warmStart. Did you mean `memorySize`?",
    ),
    "an attribute that is like no other": (
        "{ xyzzy = 512; }",
        " vlans, warmStart.",
    ),
    "a package that is a number": (
        '{ packages = [ "curl" 5 ]; }',
        "`packages` is a list of strings, but a list whose element 2 is 5 was given.",
    ),
    "a service that is a text": (
        '{ services.web = "x"; }',
        "`services` is an attribute set of systemd units, but an attribute set whose `web` is "
        '"x" was given.',
    ),
    "an environment variable that is a list": (
        "{ services.web.environment.A = [ 1 ]; }",
        "node `a`: service `web`: `environment` is an attribute set of strings, integers, paths, "
        "true or false, but an attribute set whose `A` is a list was given.",
    ),
    "a misspelt attribute of a service": (
        "{ services.web.serviceconfig = { }; }",
        "node `a`: service `web` has no attribute `serviceconfig`. It accepts: after, before,",
    ),
    "a forwarded port that is a number": (
        "{ forwardPorts = [ 80 ]; }",
        "`forwardPorts` is a list of rules with `host.port` and `guest.port`, but a list whose "
        "element 1 is 80 was given.",
    ),
    "variantCombinations": (
        '{ variants.cores = [ 1 2 ]; variantCombinations = "some"; }',
        '"some" was given.',
    ),
    "memorySize": (
        '{ memorySize = "big"; }',
        'node `a`: `memorySize` is a number of MiB from 112 to 1048576, but "big" was given',
    ),
    "vlan out of range": (
        "{ vlans = [ 255 ]; }",
        "node `a`: `vlans` is a list of network numbers from 1 to 254, or null, but a list whose "
        "element 1 is 255 was given.",
    ),
    "interface without a network": (
        "{ interfaces.wan = { }; }",
        "node `a`: interface `wan`: `vlan` is missing. It is a network number from 1 to 254.",
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
        "`interfaces` is an attribute set of network cards, but a list was given.",
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
        '`kernel` is "bookworm", "trixie", "trixie-generic" or "testing", or null, but "sarge"',
    ),
    "rootFilesystem": (
        '{ rootFilesystem = "ntfs"; }',
        '`rootFilesystem` is "overlay", "ext4", "xfs" or "btrfs", but "ntfs" was given',
    ),
    "kernelParameters as one text": (
        '{ kernelParameters = "quiet"; }',
        '`kernelParameters` is a list of strings, but "quiet" was given',
    ),
    "kernel parameter that is a number": (
        "{ kernelParameters = [ 3 ]; }",
        "`kernelParameters` is a list of strings, but a list whose element 1 is 3 was given.",
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
        "`graphics` is true or false, or an attribute set with `session`, `user` and `resolution`, "
        'but "on" was given',
    ),
    "forwarded port": (
        "{ forwardPorts = [ { host.port = 8080; } ]; }",
        "node `a`: forwardPorts: guest: `port` is missing. It is a number from 1 to 65535.",
    ),
    "address of a forwarded port": (
        '{ forwardPorts = [ { host.port = 1; host.address = "localhost"; guest.port = 1; } ]; }',
        'node `a`: forwardPorts: host: `address` is an IPv4 address, but "localhost" was given',
    ),
    "efi": ("{ efi = 1; }", "`efi` is true or false, but 1 was given"),
    "powerCuts": ("{ powerCuts = 1; }", "`powerCuts` is true or false, but 1 was given"),
    "recordScreen": (
        "{ recordScreen = true; }",
        '`recordScreen` is "never", "on-failure" or "always", or null, but true was given',
    ),
    "warmStart of a wrong type": (
        '{ warmStart = "yes"; }',
        "`warmStart` is true or false, or an attribute set with `condition` and `newMachineId`, "
        'but "yes" was given',
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
        '`mode` is an octal mode such as "0644", or null, but "rw" was given',
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


@pytest.mark.parametrize(("node", "message"), NODE.values(), ids=NODE.keys())
def test_node_is_refused(node: str, message: str) -> None:
    assert message in refusal(
        f'(runTest {{ name = "t"; nodes.a = {node}; testScript = ""; }}).drvPath'
    )
