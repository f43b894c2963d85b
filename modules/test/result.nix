{ config, lib, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).test {
    result.default = config;
  };
}
