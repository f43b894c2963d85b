/**
  Tests that boot Debian machines.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  test = file: debian.runTest (import file);
in
{
  checkpoints = test ./checkpoints.nix;
  desktop-warm = test ./desktop-warm.nix;
  disk-faults = test ./disk-faults.nix;
  efi = test ./efi.nix;
  extensions = test ./extensions.nix;
  faults = test ./faults.nix;
  given-addresses = test ./given-addresses.nix;
  isolation = test ./isolation.nix;
  life = test ./life.nix;
  like-debian = test ./like-debian.nix;
  network-faults = test ./network-faults.nix;
  node = test ./node.nix;
  ping = test ./ping.nix;
  postgres = test ./postgres.nix;
  pytest-isolation = test ./pytest-isolation.nix;
  pytest-template = test ./pytest-template.nix;
  root-shell = test ./root-shell.nix;
  screen = test ./screen.nix;
  stateful-faults = test ./stateful-faults.nix;
  stateful-planted = test ./stateful-planted.nix;
  three-kernels = test ./three-kernels.nix;
  trouble = import ./trouble.nix { inherit debian; };
  variants = test ./variants.nix;
  waits = test ./waits.nix;
  warm = test ./warm.nix;
  web = test ./web.nix;
  wheels = test ./wheels.nix;
  methods = test ./methods.nix;
}
