/**
  The snapshot of a NixOS node: what `testing.warmStart` begins from.

  It has none of what tells one machine from another (modules/node/snapshot-system.nix), and nothing of the test, so that nodes
  with the same definition share it, in all tests.

  Type: { lib } -> arguments of a test's module -> NixOS configuration -> derivation with `machine.json`, `memory`, `devices`, `disks/` and `overlays/`
*/
{ lib }:
{ config, hostPkgs, ... }:
node:
let
  inherit (node.testing.warmStart) condition saved;
  inherit (config.driverConfiguration) acceleration;
  driverConfiguration = import ../shared/driver-configuration.nix;
  interfaces = import ./interfaces.nix { inherit lib; } saved;
  # In networks of its own, one for each card.
  vlans = lib.imap1 (card: _: card) interfaces;
in
hostPkgs.runCommand "snapshot"
  {
    driver = import ./driver.nix { inherit hostPkgs; };
    tools = config.qemu.package;
    requiredSystemFeatures = lib.remove "uid-range" config.requiredSystemFeatures;
    inherit condition;
    trimMemory = ../shared/trim-memory.sh;
    generalize = hostPkgs.writeText "generalize.sh" (
      lib.concatMapStrings (interface: "ip link set ${interface.name} down\n") interfaces
    );
    passAsFile = [ "configuration" ];
    testScript = ../shared/make-snapshot.py;
    configuration = builtins.toJSON (driverConfiguration.test {
      name = "snapshot";
      # Tried with its own kernel: which of a test's machines comes first is nothing to it.
      acceleration = acceleration // {
        kernel =
          if acceleration.kernel == null then
            null
          else
            "${saved.boot.kernelPackages.kernel}/${saved.system.boot.loader.kernelFile}";
      };
      globalTimeout = 3600;
      machines.machine = driverConfiguration.machine {
        startCommand = [ "${saved.system.build.vm}/bin/run-${saved.system.name}-vm" ];
        inherit vlans;
        inherit (saved.virtualisation) cores memorySize;
        graphics = saved.virtualisation.graphics or false;
        memoryInFile = true;
      };
    });
  }
  ". ${../shared/make-snapshot.sh}"
