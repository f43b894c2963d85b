# Whether the screen is recorded: the driver does it, the machine knows nothing of it.
{ config, lib, ... }:
let
  graphics = config.hardware.graphics or { };
in
{
  options = (import ../../lib/options/declare.nix { inherit lib; }).node {
    "virtualisation.recordScreen".default =
      if config.services.xserver.enable || (graphics.enable or false) then "on-failure" else "never";
  };
}
