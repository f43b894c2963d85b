{ config, lib, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  messages = assertions: map (one: one.message) (lib.filter (one: !one.assertion) assertions);
  ofTest = messages config.assertions;
  failed = if ofTest != [ ] then ofTest else messages config.machineAssertions;
  title = "rehearse: test `${config.name}`:";
in
{
  options = declare {
    assertions = { };
    machineAssertions = { };
    warnings = { };
    checked = { };
  };

  config.checked =
    if failed != [ ] then
      throw "${title}\n${lib.concatMapStringsSep "\n" (message: "- ${message}") failed}"
    else
      value: lib.foldr (warning: lib.warn "${title} ${warning}") value config.warnings;
}
