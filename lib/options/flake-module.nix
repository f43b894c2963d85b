# Options of the module of flake-parts, below `perSystem`.
{
  vmTests = {
    type.lazyAttrsOf = "module";
    default = { };
    exampleText = ''
      {
        ping = {
          nodes = { machine1 = { }; machine2 = { }; };
          testScript = "machine1.succeed('ping -c 1 machine2')";
        };
        web = ./tests/web.nix;
      }
    '';
    description = ''
      Tests of machines by name: each a module, as `runTest` takes it. `name` and `hostPkgs` have defaults. Each test becomes the check
      of its name; a test with a `matrix` becomes a check for each combination, `<name>-<decision>-<choice>`. `legacyPackages` has the
      same names, unless the flake defines them otherwise, so that `nix run .#<name>.driverInteractive` starts the test with a
      Python prompt.
    '';
  };
}
