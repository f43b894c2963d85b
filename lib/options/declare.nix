/**
  Declarations of options for modules of nixpkgs, made from the data of the options.

  Type: { lib } -> {
    test, node, container, flakeModule, host :: { <name> = additions; } -> options of a module;
    of :: data -> (the same);
    submodule :: type of an option -> { <name> = additions; } -> option type
  }

  A module names each option that it declares. The additions are what it alone knows: a `default` that is computed, a `type` with
  modules of its own, an `apply` function; `options` are additions to the options of an attribute set. `submodule` is the attribute
  set that is part of a type. Of an option that NixOS declares, too, it declares the type alone, so that both merge.

  Example: options = (import ./declare.nix { inherit lib; }).test { globalTimeout = { }; };
*/
{ lib }:
let
  inherit (lib) mkOption types;

  named = {
    anything = types.raw;
    bool = types.bool;
    debianContainer = types.raw;
    debianNode = types.raw;
    module = types.deferredModule;
    package = types.package;
    packageSet = types.pkgs;
    path = types.path;
    # The function itself, and not what `functionTo` makes of it: its arguments say what it wants. And the path itself, of which
    # `types.path` would make a text: where it lies is of interest.
    script = types.either types.str (
      types.addCheck types.raw (script: lib.isFunction script || builtins.isPath script)
    );
    string = types.str;
    testFiles = types.addCheck types.raw (
      tests: builtins.isPath tests || lib.isString tests && lib.hasPrefix "/" tests
    );
    unspecified = types.unspecified;
  };

  number =
    {
      from ? null,
      to ? null,
      ...
    }:
    if to != null then
      types.ints.between from to
    else if from == 1 then
      types.ints.positive
    else if from == 0 then
      types.ints.unsigned
    else
      types.int;

  compound = {
    inherit (types)
      attrsOf
      functionTo
      lazyAttrsOf
      listOf
      nonEmptyListOf
      nullOr
      ;
  };
  set =
    {
      options,
      others ? null,
      ...
    }:
    additions:
    types.submodule {
      freeformType = if others == null then null else types.attrsOf (toType others { });
      options = of options (lib.mapAttrs (_: _: { }) options // additions);
    };
  toType =
    type: additions:
    let
      kind = lib.head (lib.attrNames type);
      inner = type.${kind};
    in
    if lib.isString type then
      named.${type} or (throw "rehearse: a module must give the type of an option whose type is ${type}.")
    else if kind == "enum" then
      types.enum inner
    else if kind == "number" then
      number inner
    else if kind == "matching" then
      # Messages say what the data says, and not the pattern.
      types.strMatching inner.pattern // { description = inner.one; }
    else if kind == "either" then
      types.oneOf (map (one: toType one additions) inner)
    else if kind == "set" then
      set inner additions
    else
      compound.${kind} (toType inner additions);

  described =
    data:
    lib.optionalAttrs (!(data.isDeclaredByNixos or false)) (
      { inherit (data) description; }
      // lib.optionalAttrs (data ? default) { inherit (data) default; }
      // lib.optionalAttrs (data ? defaultText) { defaultText = lib.literalMD data.defaultText; }
      // lib.optionalAttrs (data ? example) { inherit (data) example; }
      // lib.optionalAttrs (data ? exampleText) { example = lib.literalExpression data.exampleText; }
      // lib.optionalAttrs (data.isInternal or false) { internal = true; }
      // lib.optionalAttrs (data.isReadOnly or false) { readOnly = true; }
      // lib.optionalAttrs (data.isHidden or false) { visible = false; }
      // lib.optionalAttrs (data.isShallow or false) { visible = "shallow"; }
    );
  option =
    data: additions:
    mkOption (
      { type = toType data.type (additions.options or { }); }
      // described data
      // removeAttrs additions [ "options" ]
    );

  # A name with dots is a path.
  of =
    data: declared:
    lib.foldl' lib.recursiveUpdate { } (
      lib.mapAttrsToList (
        name: additions:
        lib.setAttrByPath (lib.splitString "." name) (
          option (data.${name} or (throw "rehearse: the option `${name}` has no data in lib/options.")) additions
        )
      ) declared
    );
  data = import ./.;
in
{
  inherit of;
  submodule = type: set { options = (import ./types.nix).options type; };
  test = of data.test-nixos;
  node = of data.node;
  container = of data.container;
  flakeModule = of data.flake-module;
  host = of data.host;
}
