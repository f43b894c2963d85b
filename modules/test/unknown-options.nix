# What is defined and is no option is refused by name, with the names that are nearest to it.
{ config, lib, options, ... }:
let
  inherit (lib) attrNames concatMap concatMapStringsSep isAttrs isOption;

  # Names that a configuration of NixOS has at its top, and a test has not.
  isNixos = name: lib.elem name [
    "boot"
    "console"
    "environment"
    "fileSystems"
    "fonts"
    "hardware"
    "i18n"
    "networking"
    "nix"
    "nixpkgs"
    "programs"
    "security"
    "services"
    "specialisation"
    "swapDevices"
    "system"
    "systemd"
    "testing"
    "time"
    "users"
    "virtualisation"
  ];

  # The place in the tree of options at which a definition leaves it.
  leaves =
    path: tree: value:
    if !(isAttrs value) || isOption tree then
      [ path ]
    else
      concatMap (
        name: if tree ? ${name} then leaves (path ++ [ name ]) tree.${name} value.${name} else [ (path ++ [ name ]) ]
      ) (attrNames value);

  known =
    path: tree:
    if isOption tree then
      lib.optional (!(tree.internal or false)) (lib.showOption path)
    else
      concatMap (name: known (path ++ [ name ]) tree.${name}) (lib.filter (name: name != "_module") (attrNames tree));

  nearest =
    name:
    lib.take 3 (
      lib.sort (a: b: lib.strings.levenshtein name a < lib.strings.levenshtein name b) (known [ ] options)
    );

  complaint =
    file: path:
    let
      name = lib.showOption path;
    in
    "`${name}`, defined in ${toString file}, is no option of a test. "
    + (
      if isNixos (lib.head path) then
        "It looks like one of NixOS: such options stand in `nodes.<name>`, or in `defaults` for all machines."
      else
        "Options with a similar name are ${concatMapStringsSep ", " (near: "`${near}`") (nearest name)}."
    );

  # The type is only asked about what no option took. It answers with the complaints instead of failing: to find names that
  # are nearest, the options must be known, which they are not before this has a value.
  complaints = lib.mkOptionType {
    name = "complaints";
    description = "nothing";
    merge = _: definitions: {
      unknownOptions = lib.concatMap (
        one: map (complaint one.file) (leaves [ ] options one.value)
      ) definitions;
    };
  };
in
{
  config = {
    _module.freeformType = complaints;
    assertions = map (message: {
      assertion = false;
      inherit message;
    }) (config.unknownOptions or [ ]);
  };
}
