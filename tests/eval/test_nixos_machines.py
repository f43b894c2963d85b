"""Each option of NixOS machines in a test does what it says."""

from __future__ import annotations

import pytest

from tests.eval.evaluation import SOURCE, TREE, evaluate_nixos

pytestmark = [
    pytest.mark.skipif(TREE is None, reason="NIXPKGS_TREE names no nixpkgs tree"),
    pytest.mark.timeout(400),
]

NETWORK = """
  n = (evalTest {
    nodes = {
      zeta = { };
      alpha.virtualisation.vlans = [ 2 1 ];
      mid.virtualisation = {
        vlans = [ ];
        interfaces.lan = { vlan = 3; assignIP = true; };
      };
    };
  }).nodes;
"""

# Name of the case: an expression, and its value.
CASES: dict[str, tuple[str, object]] = {
    "defaults and nodeDefaults": (
        'let n = (evalTest { nodes.a = { }; defaults.networking.domain = "d";'
        " nodeDefaults.virtualisation.cores = 3; }).nodes.a;"
        " in [ n.networking.fqdn n.virtualisation.cores ]",
        ["a.d", 3],
    ),
    "extraBaseModules reach every specialisation": (
        "let of = options: ((evalTest ({ nodes.a.specialisation.s = {"
        " inheritParentConfig = false; configuration = { }; }; } // options))"
        ".nodes.a.specialisation.s.configuration.networking.domain);"
        ' in map of [ { defaults.networking.domain = "d"; }'
        ' { extraBaseModules.networking.domain = "d"; }'
        ' { extraBaseNodeModules.networking.domain = "d"; } ]',
        [None, "d", "d"],
    ),
    "a specialisation is the same machine": (
        "let s = (evalTest { nodes = { a = { }; b.specialisation.s.configuration = { }; }; })"
        ".nodes.b.specialisation.s.configuration;"
        " in [ s.networking.hostName s.networking.primaryIPAddress ]",
        ["b", "192.168.1.2"],
    ),
    "node.pkgs": (
        'let own = pkgs.extend (_: _: { motto = "m"; }); in (evalTest { node.pkgs = own;'
        " nodes.a = { pkgs, ... }: { networking.domain = pkgs.motto; }; })"
        ".nodes.a.networking.domain",
        "m",
    ),
    "node.pkgsReadOnly": (
        'let own = pkgs.extend (_: _: { motto = "m"; }); in (evalTest { node.pkgs = own;'
        " node.pkgsReadOnly = false; nodes.a = { pkgs, ... }: {"
        ' nixpkgs.overlays = [ (_: _: { motto = "n"; }) ]; networking.domain = pkgs.motto; };'
        " }).nodes.a.networking.domain",
        "n",
    ),
    "packages of its own take no others, and the other machines share those at hand": (
        'let own = pkgs.extend (_: _: { motto = "m"; }); domain = of: { pkgs, ... }: {'
        " networking.domain = of pkgs; }; unfree = pkgs: lib.boolToString pkgs.config.allowUnfree;"
        " of = more: lib.mapAttrs (_: n: n.networking.domain) (evalTest ({"
        ' node.pkgsReadOnly = false; nodes.b = domain (pkgs: pkgs.motto or "none"); nodes.a = {'
        " imports = [ (domain unfree) ]; nixpkgs.config.allowUnfree = true; }; } // more)).nodes;"
        " in map of [ { } { imports = [ { node.pkgs = own; } ]; } ]",
        [{"a": "true", "b": "none"}, {"a": "true", "b": "m"}],
    ),
    "each machine knows the system of its packages": (
        "let of = nixpkgs: (evalTest { nodes.a = { inherit nixpkgs; }; }).nodes.a.nixpkgs;"
        " all = map (n: [ n.system n.localSystem.system ]) [ (of { }) (of { inherit pkgs; })"
        " (of { config.allowUnfree = true; }) (of { overlays = [ (_: _: { }) ]; })"
        ' (of { system = "aarch64-linux"; }) ];'
        ' platform = of { hostPlatform = "x86_64-linux"; };'
        " given = (evalTest { node.pkgs = pkgs; nodes.a = { }; }).nodes.a.nixpkgs; in all"
        " ++ map (n: [ n.hostPlatform.system n.buildPlatform.system ]) [ platform given ]",
        [["x86_64-linux"] * 2] * 4 + [["aarch64-linux"] * 2] + [["x86_64-linux"] * 2] * 2,
    ),
    "NixOS containers inside of a machine": (
        "let of = more: (evalTest ({ nodes.a.containers.inner.config = { }; } // more))"
        ".nodes.a.system.build.toplevel.drvPath; in map (more: lib.isString (of more))"
        " [ { } { node.pkgs = pkgs; } { node = { inherit pkgs; pkgsReadOnly = false; }; } ]",
        [True, True, True],
    ),
    "a container inside of a machine has packages of its own": (
        "let motto = saying: { pkgs, ... }: { nixpkgs.overlays = [ (_: _: { motto = saying; }) ];"
        " networking.domain = pkgs.motto; }; of = more: let a = (evalTest ({ nodes.a = {"
        ' containers.inner.config = motto "in"; }; } // more)).nodes.a; in'
        " [ a.containers.inner.config.networking.domain (lib.isString"
        " a.system.build.toplevel.drvPath) ]; in"
        " map of [ { } { node.pkgs = pkgs; } { node.pkgsReadOnly = false;"
        ' defaults = motto "out"; } ]',
        [["in", True]] * 3,
    ),
    "packages of shared modules and of a machine are merged": (
        "let saying = text: { nixpkgs.overlays = [ (_: old: { motto = toString (old.motto or null)"
        " + text; }) ]; }; in lib.mapAttrs (_: n: n.networking.domain) (evalTest {"
        ' node.pkgsReadOnly = false; defaults = saying "d"; extraBaseModules = saying "e"; nodes ='
        " lib.mapAttrs (_: more: { imports = [ more ({ pkgs, ... }: { networking.domain ="
        " lib.concatStrings (lib.sort lib.lessThan (lib.stringToCharacters pkgs.motto)); }) ]; })"
        ' { a = { }; b = saying "n"; }; }).nodes',
        {"a": "de", "b": "den"},
    ),
    "a machine's own packages": (
        "(evalTest { nodes.a = { pkgs, ... }: {"
        ' nixpkgs.overlays = [ (_: _: { motto = "n"; }) ]; networking.domain = pkgs.motto; };'
        " }).nodes.a.networking.domain",
        "n",
    ),
    "packages by default are a machine's own, too": (
        'let own = pkgs.extend (_: _: { motto = "m"; }); in (evalTest {'
        " nodes.a = { pkgs, lib, ... }: { nixpkgs.pkgs = lib.mkDefault own;"
        " networking.domain = pkgs.motto; }; }).nodes.a.networking.domain",
        "m",
    ),
    "node.specialArgs": (
        '(evalTest { node.specialArgs.own = { networking.domain = "s"; };'
        " nodes.a = { own, ... }: { imports = [ own ]; }; }).nodes.a.networking.domain",
        "s",
    ),
    "nodes as an argument of a machine's module": (
        "(evalTest { nodes.a = { }; nodes.b = { nodes, ... }: {"
        " networking.domain = nodes.a.networking.hostName; }; }).nodes.b.networking.domain",
        "a",
    ),
    "nodes.a.config": (
        "(evalTest { nodes.a = { }; testScript = { nodes }:"
        " nodes.a.config.networking.hostName; }).testScriptString",
        "a",
    ),
    "the machine in QEMU can be built": (
        "let n = (evalTest { nodes.a = { }; }).nodes.a.system.build;"
        " in map (drv: lib.isString drv.drvPath) [ n.toplevel n.vm ]",
        [True, True],
    ),
    "memory and processors": (
        "let m = (evalTest { nodes.a.virtualisation = { memorySize = 96; cores = 2; }; })"
        ".driverConfiguration.machines.a; in [ m.memory_mib m.cores m.vlans ]",
        [96, 2, [1]],
    ),
    "the start command is the machine's": (
        "let c = evalTest { nodes.a = { }; };"
        " in c.driverConfiguration.machines.a.start_command"
        ' == [ "${c.nodes.a.system.build.vm}/bin/run-a-vm" ]',
        True,
    ),
    "machines have their names in the script, and their host names besides": (
        'lib.mapAttrs (_: m: m.aliases) (evalTest { nodes.a.networking.hostName = "web-1";'
        ' nodes.b = { }; nodes.c.networking.hostName = "twin"; nodes.d.networking.hostName ='
        ' "twin"; nodes."my machine".networking.hostName = "mymachine"; })'
        ".driverConfiguration.machines",
        {"a": ["web-1"], "b": [], "c": ["twin"], "d": ["twin"], "my_machine": ["mymachine"]},
    ),
    "numbers follow the alphabet": (
        f"let {NETWORK} in lib.mapAttrs (_: m: m.virtualisation.test.nodeNumber) n",
        {"alpha": 1, "mid": 2, "zeta": 3},
    ),
    "addresses follow vlan and number": (
        f"let {NETWORK} in map (i: lib.head i.ipv4.addresses)"
        " (lib.attrValues n.alpha.networking.interfaces)",
        [
            {"address": "192.168.2.1", "prefixLength": 24},
            {"address": "192.168.1.1", "prefixLength": 24},
        ],
    ),
    "an interface with a name": (
        f"let {NETWORK} in [ (lib.head n.mid.networking.interfaces.lan.ipv6.addresses)"
        " n.mid.networking.primaryIPAddress ]",
        [{"address": "2001:db8:3::2", "prefixLength": 64}, "192.168.3.2"],
    ),
    "every machine knows all": (
        f"let {NETWORK} in lib.hasInfix"
        ' "192.168.2.1 alpha\\n2001:db8:2::1 alpha\\n192.168.3.2 mid\\n"'
        " n.zeta.networking.extraHosts",
        True,
    ),
    "cards of the networks": (
        f"let {NETWORK} in lib.take 2 n.zeta.virtualisation.qemu.options",
        [
            "-device virtio-net-pci,netdev=vlan1,mac=52:54:00:12:01:03",
            '-netdev vde,id=vlan1,sock="$QEMU_VDE_SOCKET_1"',
        ],
    ),
    "Debian machines beside NixOS'": (
        "let c = evalTest { nodes = { a = { }; z = { }; }; debian.m.vlans = [ 2 ];"
        " testScript = { nodes, debian }: debian.m.networking.primaryIPAddress; };"
        " in [ c.testScriptString (lib.attrNames c.driverConfiguration.machines)"
        " c.driverConfiguration.vlans c.nodes.z.networking.primaryIPAddress"
        ' (lib.hasInfix "192.168.2.2 m\\n" c.nodes.a.networking.extraHosts) ]',
        ["192.168.2.2", ["a", "m", "z"], [1, 2], "192.168.1.3", True],
    ),
    "a Debian machine knows NixOS'": (
        'let c = evalTest { nodes.a.networking.domain = "d"; debian.m = { }; };'
        " hosts = import SOURCE/lib/nixos/hosts.nix { inherit lib; } c.allMachines; in hosts",
        ["192.168.1.1 a.d a", "2001:db8:1::1 a.d a", "192.168.1.2 m", "2001:db8:1::2 m"],
    ),
    "the guest agent cannot be left out": (
        "(evalTest { nodes.a.virtualisation.qemu.guestAgent.enable = false; })"
        ".nodes.a.services.qemuGuest.enable",
        True,
    ),
    "the agent in stage 1": (
        "let n = (evalTest { nodes.a = { testing.initrdBackdoor = true;"
        " boot.initrd.systemd.enable = true; }; }).nodes.a.boot.initrd.systemd.services;"
        " in [ (n ? qemu-guest-agent) (n ? backdoor) ]",
        [True, True],
    ),
    "testing.backdoor": (
        "let of = backdoor: (evalTest { nodes.a.testing = { inherit backdoor; }; })"
        ".nodes.a.systemd.services ? backdoor; in map of [ true false ]",
        [True, False],
    ),
    "testing.consoleLogLevel": (
        'let of = level: lib.filter (lib.hasPrefix "MaxLevelConsole") (lib.splitString "\\n"'
        " (evalTest { nodes.a.testing.consoleLogLevel = level; })"
        '.nodes.a.services.journald.extraConfig); in map of [ "debug" "info" null ]',
        [["MaxLevelConsole=debug"], ["MaxLevelConsole=info"], []],
    ),
    "no slow clock": (
        'lib.elem "clocksource=acpi_pm" (evalTest { nodes.a = { }; }).nodes.a.boot.kernelParams',
        False,
    ),
    "crashes are reported": (
        'lib.elem "-device pvpanic-pci"'
        " (evalTest { nodes.a = { }; }).nodes.a.virtualisation.qemu.options",
        True,
    ),
    "nixpkgs' instrumentation is left out": (
        "(evalTest { nodes.a = { modulesPath, ... }: { imports ="
        ' [ (modulesPath + "/testing/test-instrumentation.nix") ]; }; }).nodes.a.testing.backdoor',
        True,
    ),
    "a commit to nixpkgs changes no machine": (
        "(evalTest { nodes.a = { }; }).nodes.a.system.nixos.label",
        "test",
    ),
    "one snapshot serves nodes of one definition, in all tests": (
        "let of = test: lib.mapAttrs (_: m: m.warm_start.folder or null)"
        ' (evalTest ({ testScript = ""; } // test)).driverMachines;'
        " c = of { nodes = { plain = { }; a.testing.warmStart = true;"
        ' b = { testing.warmStart = true; networking = { hostName = "other"; domain = null; };'
        ' virtualisation = { vlans = [ 7 ]; forwardPorts = [ { from = "host";'
        " host.port = 2222; guest.port = 22; } ]; }; };"
        " d.testing.warmStart = { enable = true; newMachineId = true; };"
        " e = { testing.warmStart = true; virtualisation.memorySize = 600; };"
        ' f.testing.warmStart = { enable = true; condition = "nginx.service"; };'
        " g = { config, ... }: { testing.warmStart = true;"
        " environment.etc.stage.text = config.networking.hostName; }; }; };"
        ' o = of { name = "other"; testScript = "pass"; nodes.z.testing.warmStart = true; };'
        " in [ (c.plain == null) (c.a == c.b) (c.a == c.d) (c.a == o.z)"
        " (lib.length (lib.unique [ c.a c.e c.f c.g ])) ]",
        [True, True, True, True, 4],
    ),
    "a warm start gives each node its own name and addresses": (
        "let c = evalTest { nodes = { a.testing.warmStart = true;"
        ' b = { testing.warmStart = true; networking.domain = "d";'
        ' networking.extraHosts = "10.1.1.1 x";'
        " virtualisation.vlans = [ 3 1 ]; networking.interfaces.eth1.ipv4.addresses ="
        ' lib.mkForce [ { address = "10.0.0.9"; prefixLength = 8; } ]; }; }; };'
        ' in lib.mapAttrs (_: m: lib.splitString "\\n" m.warm_start.script) c.driverMachines',
        {
            "a": [
                "set -e",
                'date -s "@$1" >/dev/null',
                "echo 'a' >/proc/sys/kernel/hostname",
                "echo 'a' >>/etc/hostname",
                "hosts='127.0.0.2 a",
                "::1 a",
                "192.168.1.1 a",
                "2001:db8:1::1 a",
                "192.168.3.2 b.d b",
                "2001:db8:3::2 b.d b'",
                'echo "$hosts" >>/etc/hosts',
                "ip -batch - <<'END'",
                "link set eth1 address 52:54:00:12:01:01 up",
                "addr replace 192.168.1.1/24 dev eth1 broadcast +",
                "addr replace 2001:db8:1::1/64 dev eth1 nodad",
                "END",
                "",
            ],
            "b": [
                "set -e",
                'date -s "@$1" >/dev/null',
                "echo 'b' >/proc/sys/kernel/hostname",
                "echo 'b' >>/etc/hostname",
                "hosts='127.0.0.2 b.d b",
                "::1 b.d b",
                "192.168.1.1 a",
                "2001:db8:1::1 a",
                "192.168.3.2 b.d b",
                "2001:db8:3::2 b.d b'",
                'echo "$hosts" >>/etc/hosts',
                "ip -batch - <<'END'",
                "link set eth1 address 52:54:00:12:03:02 up",
                "addr replace 2001:db8:3::2/64 dev eth1 nodad",
                "link set eth2 address 52:54:00:12:01:02 up",
                "addr replace 192.168.1.2/24 dev eth2 broadcast +",
                "addr replace 2001:db8:1::2/64 dev eth2 nodad",
                "END",
                "systemctl restart network-addresses-eth1.service",
                "",
            ],
        },
    ),
    "a warm node with nothing of its own on its cards needs no program for its identity": (
        "lib.mapAttrs (_: m: m.warm_start.identity.interfaces or null) (evalTest { nodes = {"
        " a.testing.warmStart = true;"
        ' b = { testing.warmStart = true; networking.defaultGateway = "192.168.1.1"; };'
        " c.testing.warmStart = { enable = true; newMachineId = true; };"
        " d = { testing.warmStart = true; networking.useNetworkd = true; }; }; }).driverMachines",
        {
            "a": [
                {
                    "name": "eth1",
                    "mac": "52:54:00:12:01:01",
                    "addresses": ["192.168.1.1/24", "2001:db8:1::1/64"],
                }
            ],
            "b": None,
            "c": None,
            "d": None,
        },
    ),
    "a warm node under systemd-networkd has its addresses in a file, too": (
        "let c = evalTest { nodes.a = { testing.warmStart = true; networking.useNetworkd = true;"
        ' networking.defaultGateway = "192.168.1.1"; }; };'
        ' in lib.drop 14 (lib.splitString "\\n" c.driverMachines.a.warm_start.script)',
        [
            "mkdir -p /run/systemd/network/40-eth1.network.d",
            "cat >/run/systemd/network/40-eth1.network.d/rehearse.conf <<'END'",
            "[Network]",
            "Address=192.168.1.1/24",
            "Address=2001:db8:1::1/64",
            "END",
            "",
        ],
    ),
    "a warm node is started with its networks, its ports and what it reads when it boots": (
        'let c = evalTest { testScript = ""; nodes.b = { testing.warmStart = true;'
        " virtualisation = {"
        ' vlans = [ 7 2 ]; forwardPorts = [ { from = "host"; host.port = 2222;'
        " guest.port = 22; } ]; }; }; }; text = c.nodes.b.system.build.vm.text;"
        " in map (part: lib.hasInfix part text) ["
        "  ''QEMU_VDE_SOCKET_1=\"''${QEMU_VDE_SOCKET_7-}\" ''"
        "  ''QEMU_VDE_SOCKET_2=\"''${QEMU_VDE_SOCKET_2-}\" ''"
        "  ''QEMU_NET_OPTS='hostfwd=tcp::2222-:22'\"''"
        "  ''-fw_cfg name=opt/rehearse/identity,file=/''"
        "  ''/bin/run-machine-vm''"
        "  ]",
        [True] * 5,
    ),
    "a warm node sees nothing of the host, and its definition is as ever": (
        "let n = (evalTest { nodes.a.testing.warmStart = true; }).nodesCompat.a;"
        " s = n.testing.warmStart.saved; in [ (lib.attrNames s.virtualisation.sharedDirectories)"
        ' (lib.filter (f: f.fsType == "9p") (lib.attrValues s.fileSystems))'
        " (lib.last s.virtualisation.qemu.drives).name s.virtualisation.writableStore"
        " (lib.head n.networking.interfaces.eth1.ipv4.addresses).address n.networking.hostName"
        " (n.system.build.toplevel == s.system.build.toplevel) ]",
        [[], [], "nix-store", True, "192.168.1.1", "a", True],
    ),
    "the script finds what it names in a warm node": (
        "let c = evalTest { nodes.a = { testing.warmStart = true;"
        " specialisation.s.configuration = { }; }; testScript = { nodes }:"
        ' "${pkgs.vde2} ${nodes.a.specialisation.s.configuration.system.build.toplevel}"; };'
        " s = c.nodes.a.testing.warmStart.saved; in [ (lib.length s.virtualisation.additionalPaths)"
        ' (lib.hasSuffix "${s.specialisation.s.configuration.system.build.toplevel}"'
        " c.testScriptString) ]",
        [2, True],
    ),
    "a warm node is reached by a port, not by a device that was not saved": (
        "lib.mapAttrs (_: m: m ? vsock_number) (evalTest { sshBackdoor.enable = true;"
        " nodes = { a.testing.warmStart = true; b = { }; }; }).driverMachines",
        {"a": False, "b": True},
    ),
    "a container is reached by a socket of systemd": (
        "let of = enable: (evalTest { sshBackdoor.enable = enable; containers.a = { }; });"
        " sockets = test: test.containers.a.systemd.sockets; in [ (of true).driverMachines.a.ssh"
        " (sockets (of true)).ssh-backdoor.socketConfig.ListenStream"
        " ((sockets (of false)) ? ssh-backdoor) ]",
        [True, "/run/test-driver-channel/ssh", False],
    ),
    "an image of the store holds what the script refers to": (
        "let c = evalTest { nodes.a.virtualisation.useNixStoreImage = true;"
        ' testScript = { nodes }: "${pkgs.vde2} ${nodes.a.system.build.toplevel}"; };'
        " in lib.length c.nodes.a.virtualisation.additionalPaths",
        2,
    ),
}


@pytest.mark.parametrize(("expression", "value"), CASES.values(), ids=CASES.keys())
def test_machine(expression: str, value: object) -> None:
    assert evaluate_nixos(expression.replace("SOURCE", str(SOURCE))) == value
