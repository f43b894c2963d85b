# The QEMU guest agent, through which the driver does everything in a machine.
{ config, lib, pkgs, ... }:
let
  agent = config.services.qemuGuest.package;
  # Commands are looked up in the agent's own path: the system's programs, and bash in any case.
  path = [
    "/run/wrappers"
    "/run/current-system/sw"
    pkgs.bash
    pkgs.util-linux
  ];
  unit = {
    # A configuration that a test switches to must not end the command that switches.
    restartIfChanged = false;
    stopIfChanged = false;
    # A test may kill it as often as it likes.
    startLimitIntervalSec = 0;
  };
in
{
  services.qemuGuest = {
    enable = lib.mkForce true;
    # The agent alone, so that machines do not need all of QEMU.
    package = pkgs.qemu_test.ga;
  };

  systemd.services.qemu-guest-agent = unit // {
    inherit path;
    # It writes several lines for each command, which would be most of the console.
    serviceConfig.LogLevelMax = "notice";
  };

  boot.initrd.systemd = lib.mkIf config.testing.initrdBackdoor {
    storePaths = [ "${agent}/bin/qemu-ga" ];
    # Commands run in sessions of their own.
    extraBin.setsid = "${pkgs.util-linux}/bin/setsid";
    services.qemu-guest-agent = {
      description = "QEMU guest agent in stage 1";
      wantedBy = [ "sysinit.target" ];
      before = [
        "shutdown.target"
        "initrd-switch-root.target"
      ];
      conflicts = [
        "shutdown.target"
        "initrd-switch-root.target"
      ];
      unitConfig = {
        DefaultDependencies = false;
        # It may come before its port does.
        StartLimitIntervalSec = 0;
      };
      serviceConfig = {
        ExecStart = "${agent}/bin/qemu-ga --statedir /run/qemu-ga";
        RuntimeDirectory = "qemu-ga";
        Restart = "always";
        RestartSec = "100ms";
      };
    };
  };
}
