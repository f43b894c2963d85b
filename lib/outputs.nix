/**
  The flake's `lib`. Nothing here touches the input before a test of NixOS machines is made without packages of its own.

  Type: { debian, nixpkgs } -> attribute set of functions
*/
{ debian, nixpkgs }:
let
  # With packages of its own, a test needs no other nixpkgs, and machines and test agree on one library.
  tests = module: import ./. { lib = module.hostPkgs.lib or nixpkgs.lib; };
in
{
  inherit debian;
  version = import ./shared/version.nix;
  matrixTests = import ./matrix-tests.nix;
  testModules = import ../modules/test;
  evalTest = module: (tests module).evalTest module;
  runTest = module: (tests module).runTest module;

  /** One derivation over the results of many tests of both kinds; see `suite.nix`. */
  suite = import ./suite.nix { inherit debian; };

  /** What `pkgs.testers` has for tests of machines, made with these packages: packages -> { runNixOSTest, nixosTest }. */
  testers = pkgs: import ./testers.nix { inherit pkgs; };
}
