{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  messages = assertions: map (one: one.message) (lib.filter (one: !one.assertion) assertions);
  ofTest = messages config.assertions;
  failed = if ofTest != [ ] then ofTest else messages config.machineAssertions;
  title = "rehearse: test `${config.name}`:";
in
{
  options = {
    assertions = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      internal = true;
      example = lib.literalExpression "[ { assertion = false; message = \"you can't do that\"; } ]";
      description = "What must hold for the test to be built. The messages of all that does not are shown together.";
    };
    machineAssertions = mkOption {
      type = types.listOf types.raw;
      default = [ ];
      internal = true;
      example = lib.literalExpression "[ { assertion = false; message = \"you can't do that\"; } ]";
      description = ''
        What must hold for each machine. It is looked at when all {option}`assertions` hold, because it takes the
        configurations of all machines.
      '';
    };
    warnings = mkOption {
      type = types.listOf types.str;
      default = [ ];
      internal = true;
      example = [ "the type check of the script is off" ];
      description = "What is said when the test is evaluated, and does not hinder it.";
    };
    checked = mkOption {
      type = types.raw;
      internal = true;
      readOnly = true;
      description = "Function that returns its argument if all assertions hold, and says the warnings.";
    };
  };

  config.checked =
    if failed != [ ] then
      throw "${title}\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else
      value: lib.foldr (warning: lib.warn "${title} ${warning}") value config.warnings;
}
