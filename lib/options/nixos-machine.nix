# Options of every NixOS machine of a test, in QEMU or in a container, beside those of NixOS.
let
  internal = builtins.mapAttrs (_: option: option // { isInternal = true; });
in
{
  "testing.consoleLogLevel" = {
    type.nullOr.enum = [
      "emerg"
      "alert"
      "crit"
      "err"
      "warning"
      "notice"
      "info"
      "debug"
    ];
    default = "info";
    example = "debug";
    description = ''
      Lowest level of messages of the journal that go to the serial console, where the log of the test shows them and
      `wait_for_console_text` finds them; `null` sends none. Each byte costs time under emulation. nixpkgs sends all messages, with
      `"debug"`.
    '';
  };

  "testing.backdoor" = {
    type = "bool";
    default = true;
    example = false;
    description = "Runs a shell of root on `/dev/hvc0` if the machine has such a console.";
  };

  "testing.initrdBackdoor" = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Lets the driver run commands in systemd's stage 1. The boot pauses there, at `initrd.target`, until the script calls
      `switch_root()`. Needs `boot.initrd.systemd.enable`.
    '';
  };
}
// internal {
  "testing.consoleDevice" = {
    type = "string";
    isSet = true;
    description = "Console whose text the driver reads.";
  };

  "virtualisation.test.nodeName" = {
    type = "string";
    defaultText = "the name of the machine in the test";
    description = "Name of the machine in the test, also in its specialisations.";
  };

  "virtualisation.test.nodeNumber" = {
    type.number = { };
    isReadOnly = true;
    defaultText = "the place of the name in the alphabetical list of all machines";
    description = "Number of the machine, from which its addresses follow.";
  };

  specialisation = {
    type.attrsOf.set = {
      one = "a specialisation";
      many = "specialisations";
      options.configuration = {
        type = "nixosConfiguration";
        isInternal = true;
        isSet = true;
        isDeclaredByNixos = true;
        description = "Configuration of the specialisation, which is of the same machine.";
      };
    };
    isSet = true;
    isDeclaredByNixos = true;
    description = "Specialisations of NixOS, which are of the same machine.";
  };
}
