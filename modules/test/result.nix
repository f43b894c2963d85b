{ config, lib, ... }:
{
  options.result = lib.mkOption {
    type = lib.types.raw;
    default = config;
    defaultText = lib.literalExpression "config";
    internal = true;
    description = "What the function that evaluates the test hands back.";
  };
}
