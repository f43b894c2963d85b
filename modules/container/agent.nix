# The QEMU guest agent, through which the driver does everything in a container, too: on a socket in a folder that both see.
{ pkgs, ... }:
{
  systemd.services.qemu-guest-agent = import ../node/agent-unit.nix { inherit pkgs; } // {
    description = "Guest agent of the test's driver";
    wantedBy = [ "multi-user.target" ];
    serviceConfig = {
      ExecStart = "${pkgs.qemu_test.ga}/bin/qemu-ga --method=unix-listen --path=/run/test-driver-channel/agent --statedir=/run/qemu-ga";
      RuntimeDirectory = "qemu-ga";
      Restart = "always";
      RestartSec = "100ms";
    };
  };

  testing.consoleDevice = "/dev/console";
}
