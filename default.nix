/**
  This project for people without flakes.

  Type: { pkgs } -> { lib, overlays, flakeModules, nixosModules }

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
  overlays.default = import ./lib/overlay.nix;
  flakeModules.default = ./lib/flake-module.nix;
  nixosModules.admission = ./modules/host/admission.nix;
}
