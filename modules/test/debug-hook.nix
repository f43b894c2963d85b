# Stopping a build for a person.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    enableDebugHook = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Stops a build of the test at `breakpoint()` and after a failure, before its machines end. The log names one
        command that gives a Python prompt in it, with the machines and the variables of the script; it is run as root
        on the computer that builds.
      '';
    };

    debugHookTimeout = mkOption {
      type = types.ints.positive;
      default = 3600;
      example = 600;
      description = ''
        Seconds that such a stop lasts at most, also when somebody is there. {option}`globalTimeout` does not run
        meanwhile; Nix' own `max-silent-time` and `timeout` do.
      '';
    };
  };

  config = lib.mkIf config.enableDebugHook {
    assertions = [
      {
        assertion = hostPkgs.stdenv.hostPlatform.isLinux;
        message = "`enableDebugHook` needs Linux: a build is found and entered through its /proc.";
      }
    ];
    extraDriverArgs = [
      "--debug-hook-attach=${config.pythonTestDriverPackage}/bin/nixos-test-attach"
      "--debug-hook-timeout=${toString config.debugHookTimeout}"
    ];
  };
}
