# A shell of root on a virtio console, as nixpkgs' instrumentation has it: the driver's way into a machine without the agent.
{
  config,
  lib,
  pkgs,
  modulesPath,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).node;
  cfg = config.testing;
  serial = import ../../lib/nixos/serial-device.nix { inherit pkgs modulesPath; };

  # What the agent's unit has, for the same reasons (agent-unit.nix).
  onlyWay = {
    restartIfChanged = false;
    stopIfChanged = false;
    startLimitIntervalSec = 0;
    unitConfig.IgnoreOnIsolate = true;
    serviceConfig = {
      KillSignal = "SIGHUP";
      KillMode = "process";
      Restart = "always";
      RestartSec = "100ms";
      OOMPolicy = "continue";
      OOMScoreAdjust = -1000;
      ExecStopPost = "-${pkgs.runtimeShell} -c 'echo \"rehearse: the root shell has ended: $SERVICE_RESULT, $EXIT_CODE $EXIT_STATUS\" >/dev/console'";
    };
  };

  shell = {
    after = [ "dev-hvc0.device" ];
    bindsTo = [ "dev-hvc0.device" ];
    serviceConfig.KillSignal = "SIGHUP";
    script = ''
      export USER=root HOME=/root DISPLAY=:0.0
      if [ -e /etc/profile ]; then
        source /etc/profile
      fi
      # The console is a terminal, but nobody turns pages there.
      export PAGER=
      cd /tmp
      exec </dev/hvc0 >/dev/hvc0 2>/dev/${serial}
      # Nothing is translated and nothing comes back twice.
      stty -F /dev/hvc0 raw -echo
      # What nixpkgs' driver waits for.
      echo "Spawning backdoor root shell..."
      # Given the device as a file of commands, bash does not take itself for interactive.
      PS1= exec ${pkgs.coreutils}/bin/env bash --norc /dev/hvc0
    '';
  };
in
{
  options = declare {
    "testing.backdoor" = { };
    "testing.initrdBackdoor" = { };
  };

  config = {
    assertions = [
      {
        assertion = cfg.initrdBackdoor -> config.boot.initrd.systemd.enable;
        message = "testing.initrdBackdoor needs boot.initrd.systemd.enable.";
      }
    ];

    systemd.services = {
      backdoor = lib.mkIf cfg.backdoor (
        shell
        // {
          # The device starts it: nothing waits for a console that the machine has not.
          wantedBy = [ "dev-hvc0.device" ];
        }
        // lib.optionalAttrs (!config.services.qemuGuest.enable) onlyWay
      );
      "serial-getty@hvc0".enable = false;
    };

    boot.initrd.systemd = lib.mkIf cfg.initrdBackdoor {
      # The unit has to exist, but it would end what runs in stage 1.
      services.initrd-cleanup.serviceConfig.ExecStart = [
        ""
        "/bin/true"
      ];
      services.backdoor = shell // {
        wantedBy = [ "dev-hvc0.device" ];
        unitConfig.DefaultDependencies = false;
        conflicts = [
          "shutdown.target"
          "initrd-switch-root.target"
        ];
        before = [
          "shutdown.target"
          "initrd-switch-root.target"
        ];
      };
      storePaths = [ "${pkgs.coreutils}/bin/env" ];
    };
  };
}
