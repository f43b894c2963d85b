# The serial console: what the kernel says, and of the journal what is asked for.
{
  config,
  lib,
  options,
  pkgs,
  modulesPath,
  ...
}:
let
  inherit (lib) mkOption types;
  serial = import ../../lib/serial-device.nix { inherit pkgs modulesPath; };
  hasSettings = options.services.journald ? settings;
  # NixOS of 2026 has the screen as its first console, and tests count on it.
  consoles = [ serial ] ++ lib.optional hasSettings "tty0";
  level = config.testing.consoleLogLevel;
  journal =
    if level == null then
      { }
    else
      {
        ForwardToConsole = "yes";
        TTYPath = "/dev/${serial}";
        MaxLevelConsole = level;
      };
  text = lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${value}\n") journal);
in
{
  options.testing.consoleLogLevel = mkOption {
    type = types.nullOr (
      types.enum [
        "emerg"
        "alert"
        "crit"
        "err"
        "warning"
        "notice"
        "info"
        "debug"
      ]
    );
    default = "info";
    example = "debug";
    description = ''
      Level from which on messages of the journal go to the serial console, where the log of the test shows them and
      `wait_for_console_text` finds them; `null` sends none. Each byte costs time: nixpkgs sends all, with `"debug"`.
    '';
  };

  config = {
    boot = {
      kernelParams = map (console: "console=${console}") consoles;
      consoleLogLevel = 7;
      initrd.systemd.contents."/etc/systemd/journald.conf".text = "[Journal]\n${text}";
    };

    services.journald = if hasSettings then { settings.Journal = journal; } else { extraConfig = text; };

    virtualisation.qemu = { inherit consoles; };

    # The console is for reading. Who writes to it while a login waits there gets errors.
    systemd.services."serial-getty@${serial}".enable = false;

    system.requiredKernelConfig = with config.lib.kernelConfig; [
      (isYes "SERIAL_8250_CONSOLE")
      (isYes "SERIAL_8250")
      (isEnabled "VIRTIO_CONSOLE")
    ];
  };
}
