# What every container of a test gets.
{ lib, modulesPath, ... }:
let
  # NixOS of 2026 has these options in files of their own.
  networking = modulesPath + "/virtualisation/guest-networking-options.nix";
  credentials = modulesPath + "/virtualisation/credentials-options.nix";
in
{
  imports = [
    (if builtins.pathExists networking then networking else ./networks.nix)
    ./agent.nix
    ./limits.nix
    ./runner.nix
    ../node/base.nix
    ../node/isolation.nix
    ../node/journal.nix
    ../node/login.nix
    ../node/timeouts.nix
    ../node/root-shell.nix
  ]
  ++ lib.optional (builtins.pathExists credentials) credentials;

  disabledModules = [ "testing/test-instrumentation.nix" ];
}
