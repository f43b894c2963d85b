/**
  This project for people without flakes.

  Type: { pkgs } -> { lib }

  Example: (import ./rehearse { inherit pkgs; }).lib.runTest { hostPkgs = pkgs; imports = [ ./test.nix ]; }
*/
{
  pkgs ? import <nixpkgs> { },
}:
{
  lib = import ./lib/outputs.nix {
    debian = import ./lib/debian { };
    nixpkgs = pkgs;
  };
}
