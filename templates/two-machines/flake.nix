{
  description = "A server and a client";

  inputs = {
    nixpkgs.url = "github:nixos/nixpkgs/nixos-unstable";
    # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
    rehearse.url = "flake:rehearse";
    rehearse.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      rehearse,
      ...
    }:
    let
      # Computers that run the test. On macOS, the machines need a builder for Linux.
      systems = [
        "x86_64-linux"
        "aarch64-linux"
        "aarch64-darwin"
      ];
    in
    {
      checks = nixpkgs.lib.genAttrs systems (system: {
        web = rehearse.lib.runTest {
          imports = [ ./web.nix ];
          hostPkgs = nixpkgs.legacyPackages.${system};
        };
      });

      # Each check by its name alone, for `nix run .#web.driverInteractive`.
      legacyPackages = self.checks;
    };
}
