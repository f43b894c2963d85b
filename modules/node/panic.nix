# A machine that cannot go on says so, and does not stand still.
{ lib, pkgs, ... }:
let
  inherit (pkgs.stdenv) hostPlatform;
in
{
  # Reports a panic to QEMU; udev loads the driver for it, and before that the console says it.
  virtualisation.qemu.options = lib.mkIf (hostPlatform.isx86_64 || hostPlatform.isAarch64) (
    lib.mkAfter [ "-device pvpanic-pci" ]
  );

  boot.kernelParams = [
    # An error in stage 1 is a panic, too, and a panic ends the machine.
    "panic=1"
    "boot.panic_on_fail"
  ];

  # Killing some process when memory is short makes tests fail in ways nobody understands.
  boot.kernel.sysctl."vm.panic_on_oom" = lib.mkDefault 2;
}
