{
  description = "Tests in files of their own, written for nixpkgs' functions";

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
      inherit (nixpkgs) lib;
      pkgs = import nixpkgs {
        system = "x86_64-linux";
        # This line is what brings the tests here; without it, nixpkgs runs them.
        overlays = [ rehearse.overlays.default ];
      };

      # Each file is a function from the packages to a test, and its name is the check's.
      checks.imports = [
        ./checks/simple.nix
        ./checks/older.nix
      ];
    in
    {
      checks.x86_64-linux = lib.listToAttrs (
        map (file: {
          name = lib.removeSuffix ".nix" (baseNameOf file);
          value = import file { inherit pkgs; };
        }) checks.imports
      );

      # Each check by its name alone, for `nix run .#simple.driverInteractive`.
      legacyPackages = self.checks;
    };
}
