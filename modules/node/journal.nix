# What of the journal is written on the machine's console, and so to the log of the test.
{
  config,
  lib,
  options,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (config.testing) consoleDevice consoleLogLevel;
  journal =
    if consoleLogLevel == null then
      { }
    else
      {
        ForwardToConsole = "yes";
        TTYPath = consoleDevice;
        MaxLevelConsole = consoleLogLevel;
      };
  text = lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${value}\n") journal);
in
{
  options.testing = {
    consoleLogLevel = mkOption {
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

    consoleDevice = mkOption {
      type = types.str;
      internal = true;
      description = "The console whose text the driver reads.";
    };
  };

  config = {
    boot.initrd.systemd.contents."/etc/systemd/journald.conf".text = "[Journal]\n${text}";
    services.journald = if options.services.journald ? settings then { settings.Journal = journal; } else { extraConfig = text; };
  };
}
