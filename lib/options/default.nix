/**
  The options that users can set, as data, by their owner: what modules declare, `checked.nix` checks and the pages in `docs/`
  document.

  Type: { <owner> = { <name> = option; }; }
*/
let
  test = import ./test;
in
{
  container = import ./container.nix;
  debian-container = import ./debian-container;
  debian-node = import ./debian-node;
  flake-module = import ./flake-module.nix;
  host = import ./host.nix;
  node = import ./node.nix;
  suite = import ./suite.nix;
  test-debian = test.debian;
  test-nixos = test.nixos;
}
