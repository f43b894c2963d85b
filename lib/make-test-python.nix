/**
  The oldest way in, for tests written against `nixos/tests/make-test-python.nix` of nixpkgs.

  Type: test -> { system, pkgs, ... } -> test derivation

  Example: import ./lib/make-test-python.nix ({ pkgs, ... }: { name = "ping"; nodes = { ... }; testScript = "..."; }) { inherit pkgs; }
*/
test:
{
  system ? builtins.currentSystem,
  pkgs ? import <nixpkgs> {
    inherit system;
    config = { };
    overlays = [ ];
  },
  ...
}@given:
let
  inherit (pkgs) lib;
  library = import ./testing-python.nix { inherit pkgs system; };
in
library.makeTest (if lib.isFunction test then test (given // { inherit lib pkgs; }) else test)
