# Module of flake-parts: `perSystem.vmTests.<name>` is a test, and a check of the flake.
{ flake-parts-lib, ... }:
let
  matrixTests = import ./matrix-tests.nix;
in
{
  # Imported twice, by two modules of a flake, it is still one.
  key = "rehearse-flake-module";
  _file = ./flake-module.nix;

  options.perSystem = flake-parts-lib.mkPerSystemOption (
    {
      config,
      lib,
      pkgs,
      ...
    }:
    let
      tests = import ./. { inherit (pkgs) lib; };
      run =
        name: module:
        tests.runTest {
          _file = "perSystem.vmTests.${name}";
          imports = [ module ];
          name = lib.mkDefault name;
          hostPkgs = lib.mkDefault pkgs;
        };
      vmChecks = lib.concatMapAttrs (name: module: matrixTests name (run name module)) config.vmTests;
    in
    {
      _file = ./flake-module.nix;
      options = (import ./options/declare.nix { inherit lib; }).flakeModule { vmTests = { }; };
      config = {
        checks = vmChecks;
        # For `nix run .#NAME.driverInteractive`. What a flake defines by the same name takes precedence.
        legacyPackages = lib.mapAttrs (_: lib.mkOptionDefault) vmChecks;
      };
    }
  );
}
