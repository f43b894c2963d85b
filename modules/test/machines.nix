# All machines of a test, of whatever kind: their names, their numbers, and what the driver is told of them.
{ config, lib, ... }:
let
  inherit (lib) attrNames mkOption types;
  names = attrNames config.allMachines;

  # What Python does not allow in the name of a variable becomes an underscore.
  variable =
    name:
    lib.stringAsChars (c: if builtins.match "[A-Za-z0-9_]" c == null then "_" else c) name;
  isName = name: builtins.match "[A-Za-z0-9_][A-Za-z0-9_.-]{0,62}" name != null;
  bad = lib.filter (name: !isName name) names;
  byKind = lib.concatLists (
    lib.mapAttrsToList (kind: machines: map (name: { inherit kind name; }) (attrNames machines)) config.machinesByKind
  );
  ofTwoKinds = lib.filterAttrs (_: group: lib.length group > 1) (lib.groupBy (one: one.name) byKind);
  twins = lib.filter (group: lib.length group > 1) (lib.attrValues (lib.groupBy variable names));
  quoted = lib.concatMapStringsSep ", " (name: "`${name}`");
in
{
  options = {
    machinesByKind = mkOption {
      type = types.lazyAttrsOf (types.lazyAttrsOf types.raw);
      default = { };
      internal = true;
      description = "The machines of each kind by name, under the option that they are defined in.";
    };
    allMachines = mkOption {
      type = types.lazyAttrsOf types.raw;
      readOnly = true;
      internal = true;
      description = "All machines of the test by name, of whatever kind.";
    };
    machineNumbers = mkOption {
      type = types.lazyAttrsOf types.ints.positive;
      readOnly = true;
      internal = true;
      description = "The number of each machine, from which its addresses follow: its place in the alphabetical list of names.";
    };
  };

  config = {
    _module.args = { inherit (config) allMachines; };
    extraBaseModules.imports = [
      (import ../node/network.nix { inherit (config) machineNumbers allMachines; })
    ];
    extraBaseNodeModules.imports = [ ../node/cards.nix ];
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
        assertion = bad == [ ];
        message = "${quoted bad} cannot be the name of a machine: it becomes a host name and a Python variable, so letters, digits, -, . and _ are allowed, the first a letter or a digit, at most 63.";
      }
      {
        assertion = twins == [ ];
        message = "machines ${lib.concatMapStringsSep "; " quoted twins} are one in the script, where both are called `${variable (lib.head (lib.head twins))}`: rename one.";
      }
      {
        assertion = lib.length names <= 254;
        message = "${toString (lib.length names)} machines are too many: each has its number in the last part of an address, so 254 is the limit.";
      }
    ];
  };
}
