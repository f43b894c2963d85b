{ config, lib, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    acceleration = mkOption {
      type = types.enum [
        "prefer"
        "require"
        "never"
      ];
      default = if config.qemu.forceAccel then "require" else "prefer";
      defaultText = lib.literalExpression "if config.qemu.forceAccel then \"require\" else \"prefer\"";
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
      description = "Fails the test where machines would have to be emulated, as {option}`acceleration` does with `\"require\"`.";
    };

    requiredSystemFeatures = mkOption {
      type = types.listOf types.str;
      example = [ "nixos-test" ];
      description = ''
        System features that a builder must have to run the test: `nixos-test`, and unless {option}`acceleration` is
        `"never"` also `kvm` (on Darwin `apple-virt`). Force another list to let builders without `kvm` emulate.
      '';
    };
  };
}
