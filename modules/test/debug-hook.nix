# Stopping a build for a person.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
in
{
  options = declare {
    enableDebugHook = { };
    debugHookTimeout = { };
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
