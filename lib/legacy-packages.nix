/**
  The flake's `legacyPackages`. `nix flake show` does not list them, so that nothing here needs nixpkgs before it is used.

  - every check by its name alone: `nix run .#debian-ping.driverInteractive`
  - `container-checks`: tests of containers, which take a nix.conf that not everybody has (docs/containers.md)
  - `remote-tests`: what `./check --long` runs on remote builders
  - `longChecks`: what only `./check --long` builds
  - `nixos`: the examples on NixOS machines, which take nixpkgs: `nix build .#nixos.ping`
  - `test-driver`: the driver as a package of nixpkgs

  Type: { checks, containerChecks, lib, longChecks, nixpkgs, remoteTests } -> { <system> = { <name> = derivation or attribute set; }; }
*/
{
  checks,
  containerChecks ? { },
  lib,
  longChecks ? { },
  nixpkgs,
  remoteTests ? { },
}:
builtins.listToAttrs (
  map
    (system: {
      name = system;
      value =
        let
          hostPkgs = nixpkgs.legacyPackages.${system};
        in
        checks.${system} or { }
        // {
          container-checks = containerChecks.${system} or { };
          longChecks = longChecks.${system} or { };
          remote-tests = remoteTests.${system} or { };
          nixos = import ../tests/nixos {
            inherit hostPkgs;
            inherit (lib) runTest;
          };
          test-driver = import ./nixos/driver.nix { inherit hostPkgs; };
        };
    })
    [
      "x86_64-linux"
      "aarch64-linux"
      "aarch64-darwin"
    ]
)
