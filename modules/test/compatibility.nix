# Whose meaning the methods of machines have where nixpkgs' driver and this one differ on purpose.
{ lib, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).test { compatibility = { }; };
}
