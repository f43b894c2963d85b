# What every NixOS machine of a test gets.
{ modulesPath, ... }:
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
  ];

  # The modules above take its place, for tests that import it themselves, too.
  disabledModules = [ "testing/test-instrumentation.nix" ];
}
