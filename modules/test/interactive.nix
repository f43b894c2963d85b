{ config, lib, hostPkgs, moduleType, ... }:
{
  options.interactive = lib.mkOption {
    type = moduleType;
    visible = "shallow";
    example = lib.literalExpression ''
      {
        nodes.server.virtualisation.forwardPorts = [
          { from = "host"; host.port = 2222; guest.port = 22; }
        ];
      }
    '';
    description = ''
      Options of the test that hold when a person runs it, by its `driverInteractive`: they are added to all others.
      Machines can get tools there that the test itself must not have.
    '';
  };

  config = {
    interactive = {
      qemu.package = hostPkgs.qemu;
      extraDriverArgs = [ "--interactive" ];
    };
    passthru.driverInteractive = config.interactive.driver;
  };
}
