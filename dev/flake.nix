{
  description = "The examples on NixOS machines as checks: they take a nixpkgs";

  inputs.nixpkgs.url = "github:nixos/nixpkgs/nixos-unstable";

  # In the source of this flake, the folder above has the rest of the project.
  outputs =
    { self, nixpkgs }:
    {
      checks.x86_64-linux = import ../tests/nixos {
        hostPkgs = nixpkgs.legacyPackages.x86_64-linux;
      };
      legacyPackages = self.checks;
    };
}
