{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  inherit (hostPkgs.stdenv) hostPlatform;

  # A test of containers alone asks nothing of the processor.
  hasContainers = config.containers != { };
  isForced =
    if config.nodes == { } then
      config.qemu.forceAccel
    else
      lib.any (node: node.virtualisation.qemu.forceAccel) (lib.attrValues config.nodes);
  hasEmulators = !hasContainers || lib.attrNames config.containers != lib.attrNames config.allMachines;
  accelerates = config.acceleration != "never" && hasEmulators;
in
{
  options = declare {
    acceleration.default = if isForced then "require" else "prefer";
    "qemu.forceAccel" = { };
    requiredFeatures.options = lib.mapAttrs (_: default: { inherit default; }) {
      nixos-test = true;
      kvm = hostPlatform.isLinux && accelerates;
      apple-virt = hostPlatform.isDarwin && accelerates;
      uid-range = hasContainers;
      devnet = hasContainers && config.nodes != { };
    };
    requiredSystemFeatures.default = lib.attrNames (
      lib.filterAttrs (_: isRequired: isRequired) config.requiredFeatures
    );
  };
}
