/**
  What `pkgs.testers` has for tests of machines.

  Type: { pkgs } -> { runNixOSTest, nixosTest }

  Example: (testers { inherit pkgs; }).runNixOSTest ./test.nix
*/
{ pkgs }:
let
  inherit (pkgs) lib;
  tests = import ./. { inherit lib; };
  machinePackages = if pkgs.stdenv.hostPlatform.isLinux then pkgs else pkgs.pkgsLinux;
in
{
  /** A test module -> the derivation that runs it. The machines have these packages, and cannot change them. */
  runNixOSTest =
    module:
    tests.runTest {
      _file = ./testers.nix;
      imports = [ (lib.setDefaultModuleLocation "the argument of runNixOSTest" module) ];
      hostPkgs = pkgs;
      compatibility = lib.mkDefault "nixpkgs";
      node.pkgs = machinePackages;
    };

  /** A test in the older form, a file of one, or a function to one from the packages -> the derivation that runs it. */
  nixosTest =
    test:
    let
      loaded = if builtins.isPath test then import test else test;
    in
    (import ./testing-python.nix {
      inherit pkgs;
      extraConfigurations = [ { nixpkgs.pkgs = lib.mkDefault machinePackages; } ];
    }).simpleTest
      (lib.toFunction loaded pkgs);
}
