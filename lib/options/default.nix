/**
  The options that users can set, as data, by their owner: what modules declare, `checked.nix` checks and the pages in `docs/`
  document.

  Type: { <owner> = { <name> = option; }; }
*/
let
  test = import ./test;
in
{
  debian-node = import ./debian-node;
  test-debian = test.debian;
  test-nixos = test.nixos;
}
