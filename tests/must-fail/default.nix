/**
  Tests whose failure is the point.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  mustFail = import ./must-fail.nix { inherit debian; };
  test = file: mustFail (import file);
in
{
  kept = import ./kept.nix { inherit debian; };
  assertion = test ./assertion.nix;
  bad-option = test ./bad-option.nix;
  command-fails = test ./command-fails.nix;
  command-timeout = test ./command-timeout.nix;
  fail-on = test ./fail-on.nix;
  global-timeout = test ./global-timeout.nix;
  kernel-panic = test ./kernel-panic.nix;
  qemu-killed = test ./qemu-killed.nix;
  script-error = test ./script-error.nix;
  syntax-error = test ./syntax-error.nix;
  type-error = test ./type-error.nix;
  wait-timeout = test ./wait-timeout.nix;
}
