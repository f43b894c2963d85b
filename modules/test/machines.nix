# All machines of a test, of whatever kind: their names, their numbers, and what the driver is told of them.
{ config, lib, ... }:
let
  inherit (lib) attrNames;
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  names = attrNames config.allMachines;

  rule = import ../../lib/shared/machine-names.nix;
  isTooMany = lib.length names > 254;
  # Those of Debian machines are host names; on NixOS, `networking.hostName` may say another one.
  # NixOS refuses a default that is none, and does not say which names a machine of a test can have.
  hostName = name: builtins.tryEval (config.allMachines.${name}.networking.hostName or name);
  isGivenAnother = name: (hostName name).success && (hostName name).value != name;
  problems =
    # Host names take the configurations of the machines: they are only looked at when the names will not do.
    if rule.problems names == [ ] || isTooMany then
      rule.problems names
    else
      rule.problems (lib.filter (name: !(isGivenAnother name)) names);
  # The names by which scripts know the machines.
  inScript = lib.concatLists (
    lib.mapAttrsToList (
      kind: lib.mapAttrsToList (
        attribute: name: {
          inherit name;
          label = if name == attribute then "`${name}`" else "`${kind}.${attribute}` (in the script `${name}`)";
        }
      )
    ) config.scriptNames
  );
  refusal = message: {
    assertion = false;
    inherit message;
  };
  byKind = lib.concatLists (
    lib.mapAttrsToList (kind: machines: map (name: { inherit kind name; }) (attrNames machines)) config.machinesByKind
  );
  ofTwoKinds = lib.filterAttrs (_: group: lib.length group > 1) (lib.groupBy (one: one.name) byKind);
in
{
  options = declare {
    machinesByKind = { };
    allMachines = { };
    scriptNames = { };
    machineNumbers = { };
  };

  config = {
    _module.args = { inherit (config) allMachines; };
    extraBaseModules.imports = [
      (import ../node/network.nix { inherit (config) machineNumbers allMachines; })
    ];
    extraBaseNodeModules.imports = [ ../node/interfaces.nix ];
    allMachines = lib.mergeAttrsList (lib.attrValues config.machinesByKind);
    machineNumbers = lib.listToAttrs (lib.imap1 (number: name: lib.nameValuePair name number) names);
    assertions = [
      {
        assertion = ofTwoKinds == { };
        message = lib.concatStringsSep " " (
          lib.mapAttrsToList (
            name: group: "there are ${lib.concatMapStringsSep " and " (one: "`${one.kind}.${name}`") group}: machines of all kinds are on the same networks, so each has a name of its own."
          ) ofTwoKinds
        );
      }
      {
        assertion = !isTooMany;
        message = "${toString (lib.length names)} machines are too many: each has its number in the last part of an address, so 254 is the limit.";
      }
    ]
    # A machine has a host name only if the name that the test gives it can be one.
    ++ map refusal (
      if problems != [ ] then
        problems
      else if ofTwoKinds != { } then
        [ ]
      else
        rule.scriptProblems inScript
    );
  };
}
