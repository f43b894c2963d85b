{ config, lib, hostPkgs, moduleType, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).test {
    interactive.type = moduleType;
  };

  config = {
    interactive = {
      qemu.package = hostPkgs.qemu;
      extraDriverArgs = [ "--interactive" ];
    };
    passthru.driverInteractive = config.interactive.driver;
  };
}
