{ config, lib, ... }:
{
  options.result = lib.mkOption {
    # Definitions are merged: a module adds attributes to what the function hands back.
    type = lib.types.unspecified;
    default = config;
    defaultText = lib.literalExpression "config";
    internal = true;
    description = "What the function that evaluates the test hands back.";
  };
}
