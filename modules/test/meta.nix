{ lib, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
in
{
  options = declare {
    meta = {
      options.platforms.default = lib.platforms.linux ++ lib.platforms.darwin;
      apply = lib.filterAttrs (_: value: value != null);
    };
  };
}
