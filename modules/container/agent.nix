# The QEMU guest agent, through which the driver does everything in a container, too: on a socket in a folder that both see.
{ lib, pkgs, ... }:
let
  unit = import ../node/agent-unit.nix {
    inherit lib pkgs;
    agent = pkgs.qemu_test.ga;
    options = "--method=unix-listen --path=/run/test-driver-channel/agent";
  };
in
{
  systemd.services.qemu-guest-agent = unit // {
    description = "Guest agent of the test's driver";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = unit.serviceConfig // {
      Restart = "always";
      RestartSec = "100ms";
      # What a command left running is none of the agent's. And a systemd that was told to power off by a command of this
      # unit sometimes waited for the unit's group to be empty when it had long been.
      KillMode = "process";
    };
  };

  # systemd would unmount the folder of the socket before a soft reboot, and could not mount it again.
  systemd.units."run-test\\x2ddriver\\x2dchannel.mount" = {
    overrideStrategy = "asDropin";
    text = "[Unit]\nDefaultDependencies=no\n";
  };

  testing.consoleDevice = "/dev/console";
}
