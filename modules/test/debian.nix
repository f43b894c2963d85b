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
  # Those that a builder without KVM runs as containers.
  mayBeContainers =
    config.acceleration != "require"
    && lib.any (node: (node.backend or null) == "auto") (lib.attrValues config.debian);
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
    containerImages = import ../../lib/debian/image-holder.nix { inherit (debian) build tools; } (
      lib.attrValues (lib.mapAttrs (name: _: machines.${name}) config.debian)
    );
    scriptArguments.debian = machines;
    passthru.debian = machines;
    # Before the defaults of these features, and behind what a test defines.
    requiredFeatures = lib.mkIf mayBeContainers (
      lib.genAttrs [ "uid-range" "devnet" ] (_: lib.mkOverride 1400 true)
    );
  };
}
