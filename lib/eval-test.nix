/**
  Evaluate a test, with all its options and their values.

  Type: { lib, testModules } -> module -> { config, options, extendModules, ... }
*/
{ lib, testModules }:
module:
lib.evalModules {
  modules = testModules ++ [ module ];
  class = "nixosTest";
}
