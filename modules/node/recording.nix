# Whether the screen is recorded: the driver does it, the machine knows nothing of it.
{ config, lib, ... }:
let
  graphics = config.hardware.graphics or { };
in
{
  options.virtualisation.recordScreen = lib.mkOption {
    type = lib.types.enum [
      "never"
      "on-failure"
      "always"
    ];
    default =
      if config.services.xserver.enable || (graphics.enable or false) then "on-failure" else "never";
    defaultText = lib.literalMD "`\"on-failure\"` on a machine with graphics, else `\"never\"`";
    example = "always";
    description = ''
      Records the screen: a picture each second in which it has changed, in the output and its report. With
      `"on-failure"` the pictures go when the test has passed.
    '';
  };
}
