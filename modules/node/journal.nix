# What of the journal is written on the machine's console, and so to the log of the test.
{
  config,
  lib,
  options,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).node;
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
  options = declare {
    "testing.consoleLogLevel" = { };
    "testing.consoleDevice" = { };
  };

  config = {
    boot.initrd.systemd.contents."/etc/systemd/journald.conf".text = "[Journal]\n${text}";
    services.journald = if options.services.journald ? settings then { settings.Journal = journal; } else { extraConfig = text; };
  };
}
