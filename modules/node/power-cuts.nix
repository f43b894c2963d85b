# Whether what the machine writes is logged: the driver does it, the machine knows nothing of it.
{ lib, ... }:
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).node {
    "virtualisation.powerCuts" = { };
  };
}
