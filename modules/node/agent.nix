# The QEMU guest agent, through which the driver does everything in a machine. Without it, there is root-shell.nix.
{ config, lib, pkgs, ... }:
let
  inherit (config.services.qemuGuest) enable;
  agent = config.services.qemuGuest.package;
in
{
  services.qemuGuest = {
    # Over what NixOS sets, and below `mkForce`: a test of a machine without the agent says it so.
    enable = lib.mkOverride 60 true;
    # The agent alone, so that machines do not need all of QEMU.
    package = pkgs.qemu_test.ga;
  };

  systemd.services.qemu-guest-agent = lib.mkIf enable (import ./agent-unit.nix { inherit agent lib pkgs; });

  boot.initrd.systemd = lib.mkIf config.testing.initrdBackdoor {
    # Commands run in sessions of their own.
    extraBin.setsid = "${pkgs.util-linux}/bin/setsid";
    storePaths = lib.mkIf enable [ "${agent}/bin/qemu-ga" ];
    services.qemu-guest-agent = lib.mkIf enable {
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
