{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
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

  feature =
    default: text: description:
    mkOption {
      type = types.bool;
      inherit default description;
      defaultText = lib.literalMD text;
      example = !default;
    };
in
{
  options = {
    acceleration = mkOption {
      type = types.enum [
        "prefer"
        "require"
        "never"
      ];
      default = if isForced then "require" else "prefer";
      defaultText = lib.literalMD "`\"require\"` if {option}`qemu.forceAccel` is true for one of the {option}`nodes`, otherwise `\"prefer\"`";
      example = "never";
      description = ''
        Says whether machines run under KVM: `"prefer"` uses it when a kernel boots under it, and emulates otherwise;
        `"require"` fails then; `"never"` emulates, and lets the test be built on computers without KVM.
      '';
    };

    qemu.forceAccel = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Fails the test where machines would have to be emulated, as {option}`acceleration` does with `"require"`. It is the
        default of `virtualisation.qemu.forceAccel` in all {option}`nodes`.
      '';
    };

    requiredFeatures = mkOption {
      type = types.submodule {
        freeformType = types.attrsOf types.bool;
        options = {
          nixos-test = feature true "`true`" "Requires that the builder runs tests of machines.";
          kvm = feature (hostPlatform.isLinux && accelerates) "`true` on Linux, if the test has machines in QEMU and {option}`acceleration` is not `\"never\"`" "Requires KVM.";
          apple-virt = feature (hostPlatform.isDarwin && accelerates) "the same on Darwin" "Requires Apple's hypervisor.";
          uid-range = feature hasContainers "`true` if the test has {option}`containers`" "Requires a range of user ids in the build. Containers are started by root, and have users of their own.";
          devnet = feature (hasContainers && config.nodes != { }) "`true` if the test has {option}`nodes` and {option}`containers`" "Requires `/dev/net/tun` in the build, by which containers are on the networks of machines in QEMU.";
        };
      };
      default = { };
      example = {
        cuda = true;
        kvm = false;
      };
      description = ''
        Says for each system feature by name whether a builder must have it to run the test. Any name is accepted besides those
        below, which have defaults.
      '';
    };

    requiredSystemFeatures = mkOption {
      type = types.listOf types.str;
      default = lib.attrNames (lib.filterAttrs (_: isRequired: isRequired) config.requiredFeatures);
      defaultText = lib.literalMD "the names that are true in {option}`requiredFeatures`";
      example = [ "nixos-test" ];
      description = ''
        System features that a builder must have to run the test. A definition replaces the whole list, and
        {option}`requiredFeatures` has no effect then.
      '';
    };
  };
}
