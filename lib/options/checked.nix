/**
  What a user gave for options, checked against their data, with the defaults of what was not given. Without nixpkgs.

  Type: { noun :: string, options } -> string -> attribute set as given -> attribute set with a value for each option

  `noun` is what an option is called in messages, and the string names there who has the options. An option whose name has a dot
  stands in an attribute set. Each value is checked when it is used, unknown names are refused when anything is used. An option
  that has no default, and is not `required`, is null when it is not given.

  Example: (import ./checked.nix { noun = "attribute"; options = { efi = { type = "bool"; default = false; }; }; }) "node `a`" { }
*/
{ noun, options }:
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    filter
    groupBy
    hasAttr
    head
    isAttrs
    listToAttrs
    map
    mapAttrs
    match
    ;
  types = import ./types.nix;

  # "sshBackdoor.enable" -> [ "sshBackdoor" "enable" ]
  split = match "([^.]*)\\.(.*)";
  isGrouped = name: split name != null;
  groups = mapAttrs (
    group: names:
    listToAttrs (
      map (name: {
        name = builtins.elemAt (split name) 1;
        value = options.${name};
      }) names
    )
  ) (groupBy (name: head (split name)) (filter isGrouped (attrNames options)));
  single = removeAttrs options (filter isGrouped (attrNames options));

  accepted = attrNames (single // groups);
  checkedGroups = mapAttrs (
    _: inner:
    import ./checked.nix {
      inherit noun;
      options = inner;
    }
  ) groups;
in
what: given:
let
  fail = message: throw "rehearse: ${what}${message}";

  unknown = filter (name: !(elem name accepted)) (attrNames given);
  similar = import ./similar.nix (head unknown) accepted;

  value =
    name: option:
    let
      isGiven = hasAttr name given;
      problem = types.problem option.type given.${name};
      expected = (types.described option.type).one;
    in
    if !isGiven && option.required or false then
      fail ": `${name}` is missing. It is ${expected}."
    else if !isGiven then
      option.default or null
    else if problem == null then
      given.${name}
    else
      fail ": `${name}` is ${expected}, but ${problem} was given.";
  inGroup =
    name: inner:
    let
      group = given.${name} or { };
    in
    if isAttrs group then
      checkedGroups.${name} "${what}: ${name}" group
    else
      fail ": `${name}` is an attribute set with ${concatStringsSep ", " (map (one: "`${one}`") (attrNames inner))}, but ${types.shown group} was given.";
in
if !isAttrs given then
  fail " is an attribute set, but ${types.shown given} was given."
else if unknown != [ ] then
  fail " has no ${noun} `${head unknown}`. It accepts: ${concatStringsSep ", " accepted}.${
    if similar == null then "" else " Did you mean `${similar}`?"
  }"
else
  mapAttrs value single // mapAttrs inGroup groups
