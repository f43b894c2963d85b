/**
  Containers that start as those of NixOS do: a folder for all files, with the store of the computer in it. Their programs are
  Debian's, because no NixOS can be built without nixpkgs.

  Type: { debian } -> derivation
*/
{ debian }:
let
  driverConfiguration = import ../../lib/shared/driver-configuration.nix;
  image = (debian.runTest {
    name = "image";
    containers.image = { };
    testScript = "";
  }).containers.image.nspawn;
  addresses = import ../../lib/shared/addresses.nix { };
  start =
    number: name: writable:
    debian.build {
      name = "run-${name}-nspawn";
      script = ./nixos-start.sh;
      machine = name;
      inherit writable;
      inherit (image) archives;
      start = ../../lib/shared/start-container.sh;
      makeRoot = ../../lib/nixos/container-root.sh;
      card = "eth1 1 ${(addresses name number).mac 1} - -";
      tools = debian.tools.container;
    };
  machine =
    number: name: writable:
    driverConfiguration.machine {
      startCommand = [ "${start number name writable}/bin/run-${name}-nspawn" ];
      vlans = [ 1 ];
      memorySize = 1;
      cores = 1;
      container = true;
    };
in
debian.build {
  name = "container-nixos-start";
  script = ../../lib/shared/run-test.sh;
  testFiles = ../../lib/shared/test-files.sh;
  inherit (debian) driver;
  requiredSystemFeatures = [
    "uid-range"
    "devnet"
  ];
  passAsFile = [
    "configuration"
    "testScript"
  ];
  checkFlags = "";
  configuration = builtins.toJSON (
    driverConfiguration.test {
      name = "container-nixos-start";
      globalTimeout = 300;
      acceleration = {
        policy = "never";
        kernel = null;
        qemu = "qemu-system-x86_64";
      };
      machines = {
        reads = machine 1 "reads" "";
        writes = machine 2 "writes" "1";
      };
    }
  );
  testScript = ''
    from pathlib import Path

    start_all()
    with subtest("containers see the store of the computer, and one adds to its own"):
        known = sorted(path.name for path in Path("/nix/store").iterdir())
        for machine in machines:
            t.assertEqual(machine.succeed("ls /nix/store").split(), known)
        reads.fail("touch /nix/store/new")
        writes.succeed("echo new >/nix/store/new")
        t.assertFalse(Path("/nix/store/new").exists())
    with subtest("the guests set their addresses themselves"):
        for number, machine in enumerate(machines, start=1):
            t.assertEqual(machine.succeed("cat /sys/class/net/eth1/address").strip(), f"52:54:00:12:01:0{number}")
            machine.succeed(f"ip addr add 192.168.1.{number}/24 dev eth1")
        reads.succeed("ping -c 1 -W 10 192.168.1.2")
    with subtest("a restart keeps files, those of the store too"):
        for machine in machines:
            machine.succeed("echo kept >/root/kept")
            machine.reboot()
            t.assertEqual(machine.succeed("cat /root/kept"), "kept\n")
        t.assertEqual(writes.succeed("cat /nix/store/new"), "new\n")
  '';
}
