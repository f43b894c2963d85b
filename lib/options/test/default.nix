/**
  The options of tests, by the kind of test: what `lib.debian.runTest` takes, and what the modules of NixOS tests declare.

  Type: { debian, nixos :: { <name> = option; } }
*/
let
  common = import ./common.nix;
in
{
  debian = common // import ./debian.nix;
  nixos = common // import ./nixos.nix // import ./internal.nix;
}
