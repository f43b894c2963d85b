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
      inherit (lib) mkOption types;
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
      options.vmTests = mkOption {
        type = types.lazyAttrsOf types.deferredModule;
        default = { };
        example = lib.literalExpression ''
          {
            ping = {
              nodes = { machine1 = { }; machine2 = { }; };
              testScript = "machine1.succeed('ping -c 1 machine2')";
            };
            web = ./tests/web.nix;
          }
        '';
        description = ''
          Tests on whole machines by name: each a module, as `runTest` takes it. `name` and `hostPkgs` need not be
          given. Each becomes the check of that name (a test with a `matrix` becomes a check for each combination, called
          `<name>-<decision>-<choice>`). `legacyPackages` has the same names, unless the flake defines them otherwise, so that
          `nix run .#<name>.driverInteractive` starts the test with a Python prompt.
        '';
      };
      config = {
        checks = vmChecks;
        # For `nix run .#NAME.driverInteractive`. What a flake defines by the same name takes precedence.
        legacyPackages = lib.mapAttrs (_: lib.mkOptionDefault) vmChecks;
      };
    }
  );
}
