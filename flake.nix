{
  description = "Tests of whole machines as derivations: QEMU machines, a Python script, a cached result";

  inputs.nixpkgs.url = "github:nixos/nixpkgs/nixos-unstable";

  # Debian outputs never touch the input, so that they work where nixpkgs cannot be fetched.
  outputs =
    { self, nixpkgs }:
    let
      debian = import ./lib/debian { system = "x86_64-linux"; };
    in
    {
      lib = import ./lib/outputs.nix { inherit debian nixpkgs; };
      overlays.default = import ./lib/overlay.nix;
      flakeModules.default = ./lib/flake-module.nix;
      nixosModules.admission = ./modules/host/admission.nix;
      templates = import ./templates;
      checks.x86_64-linux = import ./tests { inherit debian; };
      legacyPackages = import ./lib/legacy-packages.nix {
        inherit nixpkgs;
        inherit (self) checks lib;
        containerChecks.x86_64-linux = import ./tests/containers { inherit debian; };
        longChecks.x86_64-linux = import ./tests/long.nix { inherit debian; };
        remoteTests.x86_64-linux = import ./tests/remote-builders/tests.nix { inherit debian; };
      };
      formatter.x86_64-linux = debian.formatter;
      devShells = import ./lib/dev-shells.nix { inherit debian nixpkgs; };
      packages.x86_64-linux = {
        bench = import ./benchmarks { inherit debian; };
        inherit (self.checks.x86_64-linux) docs;
        loopback-builders = import ./tests/remote-builders { inherit debian; };
        test-driver = debian.driver // {
          meta = import ./lib/shared/driver-meta.nix;
        };
      };
      apps = import ./lib/apps.nix { inherit debian nixpkgs; };
    };
}
