# Machines made from Debian packages, on the same networks as the others.
{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;

  debian = import ../../lib/debian {
    inherit (hostPkgs.stdenv.hostPlatform) system;
    lock = config.debianLock;
  };
  machines = debian.machines {
    nodes = config.debian;
    sshBackdoor = config.sshBackdoor.enable;
    names = lib.attrNames config.allMachines;
    hosts = import ../../lib/nixos/hosts.nix { inherit lib; } config.allMachines;
  };
in
{
  options = declare {
    debian = { };
    debianLock.default = ../../lib/debian/debian.lock.json;
  };

  config = {
    # Names first: the values depend on all of them.
    machinesByKind.debian = lib.mapAttrs (name: _: machines.${name}) config.debian;
    scriptNames.debian = lib.mapAttrs (name: _: name) config.debian;
    driverMachines = lib.mapAttrs (name: _: machines.${name}.driverMachine) config.debian;
    scriptArguments.debian = machines;
    passthru.debian = machines;
  };
}
