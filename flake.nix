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
      templates = import ./templates;
      checks.x86_64-linux = import ./tests { inherit debian; };
      # Not among the checks, which must be known without nixpkgs: nix build .#nixos.ping
      legacyPackages = builtins.listToAttrs (
        map
          (system: {
            name = system;
            value.nixos = import ./tests/nixos {
              hostPkgs = nixpkgs.legacyPackages.${system};
              inherit (self.lib) runTest;
            };
          })
          [
            "x86_64-linux"
            "aarch64-linux"
            "aarch64-darwin"
          ]
      );
      packages.x86_64-linux.bench = import ./benchmarks { inherit debian; };
      apps.x86_64-linux.debian = {
        type = "app";
        program = "${./lib/debian/archive}/rehearse-debian";
        meta.description = "Pin Debian packages, and fetch what is pinned into the store";
      };
    };
}
