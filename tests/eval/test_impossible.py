"""Definitions of machines that cannot work are refused at evaluation, with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.eval.evaluation import SOURCE, evaluate, refusal

LIB = f"(import {Path(__file__).with_name('small_lib.nix')})"

# Name of the case: a Debian node, and the message without what names the node.
REFUSED = {
    "two cards on one network": (
        "{ vlans = [ 1 2 1 ]; }",
        "`vlans`: network 1 is there twice. Two cards of a machine on one network would have one",
    ),
    "network 0": ("{ vlans = [ 0 ]; }", "`vlans` is a list of network numbers from 1 to 254"),
    "negative network": ("{ vlans = [ (-1) ]; }", "`vlans` is a list of network numbers from 1"),
    "no processor": ("{ cores = 0; }", "`cores` is a number of virtual processors from 1 to 255"),
    "256 processors": ("{ cores = 256; }", "`cores` is a number of virtual processors from 1 to"),
    "no memory": ("{ memorySize = 0; }", "`memorySize` is a number of MiB from 112 to"),
    "negative memory": ("{ memorySize = -512; }", "`memorySize` is a number of MiB from 112 to"),
    "tiny memory": ("{ memorySize = 111; }", "`memorySize` is a number of MiB from 112 to"),
    "huge memory": ("{ memorySize = 99999999; }", "`memorySize` is a number of MiB from 112 to"),
    "empty disk of 0 MiB": (
        "{ emptyDiskImages = [ 0 ]; }",
        "`emptyDiskImages` is a list of numbers of MiB",
    ),
    "negative disk": (
        "{ emptyDiskImages = [ (-5) ]; }",
        "`emptyDiskImages` is a list of numbers of MiB",
    ),
    "small xfs": (
        '{ rootFilesystem = "xfs"; diskSize = 299; }',
        "`diskSize` is 299, but xfs takes 300 MiB at least.",
    ),
    "small btrfs": (
        '{ rootFilesystem = "btrfs"; diskSize = 100; }',
        "`diskSize` is 100, but btrfs takes 109 MiB at least.",
    ),
    "more disks than places": (
        "{ emptyDiskImages = builtins.genList (_: 1) 20; }",
        "its 20 empty disks and 1 network cards are too many: with 10 devices of its own they are "
        "31, and there is room for 30 on QEMU's PCI bus. Leave out 1.",
    ),
    "more cards than places": (
        "{ vlans = builtins.genList (n: n + 1) 25; }",
        "its 0 empty disks and 25 network cards are too many",
    ),
    "port twice": (
        "{ forwardPorts = [ { host.port = 80; guest.port = 1; } { host.port = 80; guest.port = 2; }"
        " ]; }",
        "forwardPorts: port tcp 127.0.0.1:80 of the host is forwarded twice.",
    ),
    "port of one address and of all": (
        '{ forwardPorts = [ { host = { address = "0.0.0.0"; port = 80; }; guest.port = 1; }'
        " { host.port = 80; guest.port = 2; } ]; }",
        "forwardPorts: port tcp 0.0.0.0:80 of the host is forwarded twice.",
    ),
    "address that is none": (
        '{ forwardPorts = [ { host = { address = "300.1.1.1"; port = 1; }; guest.port = 1; } ]; }',
        'forwardPorts: host: `address` is an IPv4 address, but "300.1.1.1" was given',
    ),
    "path with ..": (
        '{ files."/etc/../x" = "x"; }',
        "file `/etc/../x`: the name is an absolute path without spaces, empty parts, `.` and `..`.",
    ),
    "path with .": ('{ files."/./x" = "x"; }', "file `/./x`: the name is an absolute path"),
    "path with an empty part": (
        '{ files."/a//x" = "x"; }',
        "file `/a//x`: the name is an absolute",
    ),
    "relative path": ('{ files."../x" = "x"; }', "file `../x`: the name is an absolute path"),
    "root": ('{ files."/" = "x"; }', "file `/`: the name is an absolute path"),
    "file that is a folder": (
        '{ files."/srv/a" = "x"; files."/srv/a/b/c" = "y"; }',
        "file `/srv/a` is a text, but file `/srv/a/b/c` lies in a folder of that name.",
    ),
    "file of a service": (
        '{ services.web = { }; files."/etc/systemd/system/web.service" = "x"; }',
        "file `/etc/systemd/system/web.service` is written by service `web`, too.",
    ),
    "file of users": (
        '{ users.a = { }; files."/etc/passwd" = "x"; }',
        "file `/etc/passwd` is written by `users`, too.",
    ),
    "one uid for two": (
        "{ users.a.uid = 1500; users.b.uid = 1500; }",
        "users `a` and `b` have one `uid`, 1500. Give each its own.",
    ),
    "uid of root": ("{ users.a.uid = 0; }", "user `a`: `uid` is a number from 1 to 65533"),
    "home of everything": ('{ users.a.home = "/"; }', "user `a`: `home` is an absolute path"),
    "relative home": ('{ users.a.home = "a"; }', "user `a`: `home` is an absolute path"),
    "relative shell": ('{ users.a.shell = "bash"; }', "user `a`: `shell` is an absolute path"),
    "password of two lines": (
        '{ users.a.password = "a\\nb"; }',
        "`password` is a line without tabs",
    ),
    "two groups in one": (
        '{ users.a.extraGroups = [ "adm,sudo" ]; }',
        "`extraGroups` is a list of",
    ),
    "unit with a slash": ('{ services."a/b" = { }; }', "`a/b` is no name for a systemd unit"),
    "unit with a space": ('{ services."a b" = { }; }', "`a b` is no name for a systemd unit"),
    "unit without a name": ('{ services."" = { }; }', "`` is no name for a systemd unit"),
    "one unit twice": (
        '{ services.web = { }; services."web.service" = { }; }',
        "services `web` and `web.service` are one unit, web.service. Rename one.",
    ),
    "wanted by no unit": (
        '{ services.web.wantedBy = [ "multi-user" ]; }',
        "service `web`: `wantedBy` is a list of systemd units with their suffixes, such as",
    ),
    "after no unit": (
        '{ services.web.after = [ "network" ]; }',
        "service `web`: `after` is a list",
    ),
    "a function": ("({ pkgs, ... }: { })", "is an attribute set, but a function was given."),
    "a list": ("[ ]", "is an attribute set, but a list was given."),
}

# An argument of QEMU, and what to write instead.
ARGUMENTS = {
    '"-append" "quiet"': "`-append` cannot be an argument of QEMU: write `kernelParameters`.",
    '"-append quiet"': "`-append` cannot be an argument of QEMU: write `kernelParameters`.",
    '"-kernel" "x"': "`-kernel` cannot be an argument of QEMU: write `kernel`.",
    '"--initrd" "x"': "`--initrd` cannot be an argument of QEMU: write `kernel`.",
    '"-m" "2G"': "`-m` cannot be an argument of QEMU: write `memorySize`.",
    '"-smp" "2"': "`-smp` cannot be an argument of QEMU: write `cores`.",
    '"-name" "x"': "`-name` cannot be an argument of QEMU: the name is that of the node.",
    '"-nographic"': "`-nographic` cannot be an argument of QEMU: write `graphics`.",
    '"-display" "gtk"': "`-display` cannot be an argument of QEMU: write `graphics`;",
    '"-serial" "null"': "`-serial` cannot be an argument of QEMU: the first serial port is the con",
    '"-machine" "q35"': "`-machine q35` cannot be an argument of QEMU: the driver and the images",
    '"-M" "mem-merge=off,accel=kvm"': "`-M mem-merge=off,accel=kvm` cannot be an argument of QEMU",
    '"-accel" "kvm"': "`-accel` cannot be an argument of QEMU: whether KVM is used is the option",
    '"-enable-kvm"': "`-enable-kvm` cannot be an argument of QEMU: whether KVM is used is the opt",
    '"-snapshot"': "`-snapshot` cannot be an argument of QEMU: what a machine writes is kept",
    '"-S"': "`-S` cannot be an argument of QEMU: the driver starts the processors;",
    '"-daemonize"': "`-daemonize` cannot be an argument of QEMU: the driver starts QEMU, watches",
    '"-incoming" "defer"': "`-incoming` cannot be an argument of QEMU: a machine begins from a",
    '"-no-shutdown"': "`-no-shutdown` cannot be an argument of QEMU: the driver decides what a reb",
    '"-fw_cfg" "name=opt/x,string=a\\nb"': "has a line break: an argument is one line.",
}

ACCEPTED = {
    "arguments that add to ours": '{ qemu.options = [ "-machine" "mem-merge=off" "-cpu" "host"'
    ' "-device" "virtio-rng-pci" "-smbios" "type=1,product=Globe -m 3" "-monitor" "null" ]; }',
    "as many devices as there are places": "{ emptyDiskImages = builtins.genList (_: 1) 19; }",
    "more devices, behind a bridge": "{ emptyDiskImages = builtins.genList (_: 1) 25;"
    ' qemu.options = [ "-device" "pci-bridge,id=b,chassis_nr=1" ]; }',
    "a file in a folder of a source": '{ files."/srv/a" = ./.; files."/srv/a/b" = "x"; }',
    "files with like beginnings": '{ files."/srv/a" = "x"; files."/srv/ab/c" = "x"; }',
    "one port by two protocols": "{ forwardPorts = [ { host.port = 80; guest.port = 1; }"
    ' { proto = "udp"; host.port = 80; guest.port = 1; } ]; }',
    "one port of two addresses": "{ forwardPorts = [ { host.port = 80; guest.port = 1; }"
    ' { host = { address = "127.0.0.2"; port = 80; }; guest.port = 1; } ]; }',
    "units of every kind": '{ services."x@" = { }; services."a.timer" = { };'
    ' services."esc-a\\\\x2db" = { after = [ "getty@%i.service" ]; }; }',
}


def _test(nodes: str) -> str:
    return f'(runTest {{ name = "t"; testScript = ""; nodes = {{ {nodes} }}; }})'


@pytest.mark.parametrize(("node", "message"), REFUSED.values(), ids=REFUSED.keys())
def test_a_debian_node_is_refused(node: str, message: str) -> None:
    said = refusal(f"{_test(f'a = {node};')}.drvPath")
    assert "rehearse: node `a`" in said
    assert message in said


@pytest.mark.parametrize(("options", "message"), ARGUMENTS.items(), ids=ARGUMENTS.keys())
def test_an_argument_that_replaces_ours_is_refused(options: str, message: str) -> None:
    said = refusal(f"{_test(f'a.qemu.options = [ {options} ];')}.drvPath")
    assert "rehearse: node `a`: qemu.options: " in said
    assert message in said


@pytest.mark.parametrize("node", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_a_debian_node_is_accepted(node: str) -> None:
    assert str(evaluate(f"{_test(f'a = {node};')}.drvPath")).endswith("-vm-test-run-t.drv")


def test_a_port_of_the_host_leads_to_one_node() -> None:
    node = "{ forwardPorts = [ { host.port = 80; guest.port = 1; } ]; }"
    said = refusal(f"{_test(f'a = {node}; b = {node};')}.drvPath")
    assert "port tcp 127.0.0.1:80 of the host is forwarded to several nodes." in said


def test_variants_follow_the_rules() -> None:
    said = refusal(f"{_test('a.variants.cores = [ 1 0 ];')}.drvPath")
    assert "node `a`: `cores` is a number of virtual processors" in said


def test_users_without_a_number_get_one_that_is_free() -> None:
    users = "{ a = { }; b.uid = 1000; c = { }; d.uid = 1002; e = { }; }"
    node = f"import {SOURCE}/lib/debian/node.nix ''n'' {{ users = {users}; }}"
    assert evaluate(f"builtins.mapAttrs (_: user: user.uid) ({node}).users") == {
        "a": 1001,
        "b": 1000,
        "c": 1003,
        "d": 1002,
        "e": 1004,
    }


def test_a_service_whose_name_has_a_dot_is_a_service() -> None:
    units = evaluate(f"(import {SOURCE}/lib/debian/unit-names.nix).fileName ''my.app''")
    assert units == "my.app.service"


def _nixos_problems(virtualisation: str) -> object:
    """Evaluate the module that refuses machines of NixOS, with as much as it looks at."""
    return evaluate(
        f"let lib = {LIB}; given = {virtualisation}; config.virtualisation = {{ vlans = [ 1 ];"
        " interfaces = { }; forwardPorts = [ ]; emptyDiskImages = [ ]; sharedDirectories = { };"
        ' test.nodeName = "a"; qemu.options = [ ]; } // given;'
        f" module = import {SOURCE}/modules/node/impossible.nix {{ inherit config lib; }};"
        " in module.config.virtualisation.test.problems"
    )


NIXOS: dict[str, tuple[str, str | None]] = {
    "nothing": ("{ }", None),
    "what nixpkgs' tests give": (
        '{ qemu.options = [ "-kernel $x" "-append \\"$(cat x)\\"" "-machine q35" "-m 5" ]; }',
        None,
    ),
    "two command lines": (
        '{ qemu.options = [ "-append \\"$(cat x)\\"" "-append quiet" ]; }',
        "`virtualisation.qemu.options`: `-append` cannot be an argument of QEMU: it would replace "
        "the parameters that boot the machine; write `boot.kernelParams`.",
    ),
    "a process of its own": (
        '{ qemu.options = [ "-daemonize" ]; }',
        "`virtualisation.qemu.options`: `-daemonize` cannot be an argument of QEMU: the driver "
        "starts QEMU, watches its process and ends it.",
    ),
    "too many disks": (
        "{ emptyDiskImages = builtins.genList (_: 1) 26; sharedDirectories = { a = 1; b = 2; }; }",
        "its 26 empty disks and 1 network cards are too many: with 6 devices of its own they are "
        "33, and there is room for 30 on QEMU's PCI bus. Leave out 3.",
    ),
    "as many disks on another bus": (
        "{ emptyDiskImages = builtins.genList (_: 1) 26;"
        ' qemu = { options = [ ]; diskInterface = "scsi"; }; }',
        None,
    ),
    "port twice": (
        '{ forwardPorts = let port = { from = "host"; proto = "tcp"; host = { address = ""; '
        "port = 8; }; }; in [ port port ]; }",
        "`virtualisation.forwardPorts` forwards port tcp :8 of the host twice. It can lead to one "
        "port only.",
    ),
    "ports of the guest": (
        '{ forwardPorts = let port = { from = "guest"; proto = "tcp"; host = { address = ""; '
        "port = 8; }; }; in [ port port ]; }",
        None,
    ),
}


@pytest.mark.parametrize(("virtualisation", "message"), NIXOS.values(), ids=NIXOS.keys())
def test_a_nixos_node_is_refused(virtualisation: str, message: str | None) -> None:
    expected = [] if message is None else [f"node `a`: {message}"]
    assert _nixos_problems(virtualisation) == expected


def test_the_system_of_a_nixos_node_does_not_depend_on_the_arguments_of_qemu() -> None:
    """The arguments name the system, and assertions are part of it."""
    module = f"import {SOURCE}/modules/node/impossible.nix {{ config = {{ }}; lib = {LIB}; }}"
    assert evaluate(f"builtins.attrNames ({module}).config") == ["virtualisation"]


def test_networks_of_a_card_are_counted() -> None:
    rule = f"import {SOURCE}/lib/shared/networks-twice.nix"
    assert evaluate(f"{rule} [ 1 2 3 ]") is None
    assert str(evaluate(f"{rule} [ 5 1 5 ]")).startswith("network 5 is there twice.")
