/**
  Which of the machines of its test a configuration is; its specialisations are the same one.

  Type: { machineNumbers } -> module
*/
{ machineNumbers }:
{
  config,
  lib,
  name,
  ...
}:
let
  inherit (lib) mkOption types;
  inherit (config.virtualisation.test) nodeName;
in
{
  key = "rehearse-identity";
  _file = ./identity.nix;

  options = {
    virtualisation.test = {
      nodeName = mkOption {
        type = types.str;
        # Not read-only: a specialisation gets it from its parent.
        default = name;
        defaultText = lib.literalMD "the name in `nodes`";
        internal = true;
        description = "Name of the machine in the test, in its specialisations, too.";
      };
      nodeNumber = mkOption {
        type = types.int;
        readOnly = true;
        default = machineNumbers.${nodeName};
        defaultText = lib.literalMD "its place in the alphabetical list of all machines";
        internal = true;
        description = "Number of the machine, from which its addresses follow.";
      };
    };

    # There `name` is the specialisation's.
    specialisation = mkOption {
      type = types.attrsOf (
        types.submodule {
          options.configuration = mkOption {
            type = types.submoduleWith {
              modules = [ { virtualisation.test = { inherit nodeName; }; } ];
            };
          };
        }
      );
    };
  };
}
