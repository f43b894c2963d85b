# What every NixOS machine of a test gets.
{ lib, modulesPath, ... }:
let
  # Of 2026 on, qemu-vm.nix does not import the options of networks: nixpkgs' own tests add them beside it.
  networking = modulesPath + "/virtualisation/guest-networking-options.nix";
in
{
  imports = [
    (modulesPath + "/virtualisation/qemu-vm.nix")
    ./agent.nix
    ./base.nix
    ./console.nix
    ./panic.nix
    ./impossible.nix
    ./isolation.nix
    ./login.nix
    ./timeouts.nix
    ./power-cuts.nix
    ./qemu-options.nix
    ./recording.nix
    ./root-shell.nix
    ./variants.nix
    ./warm-start.nix
  ]
  ++ lib.optional (builtins.pathExists networking) networking;

  # The modules above take its place, for tests that import it themselves, too.
  disabledModules = [ "testing/test-instrumentation.nix" ];
}
