/**
  Evaluate a test, with all its options and their values.

  Type: { lib, testModules } -> module -> { config, options, extendModules, ... }
*/
{ lib, testModules }:
let
  checked = import ./check-release.nix {
    what = "`hostPkgs`";
    inherit (lib.trivial) release;
  };
in
module:
checked lib.evalModules {
  modules = testModules ++ [ module ];
  class = "nixosTest";
}
