# As much of nixpkgs' `lib` as a module of `modules/test` takes that is evaluated alone, without nixpkgs.
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elemAt
    filter
    foldl'
    genList
    length
    map
    ;
  nameValuePair = name: value: { inherit name value; };
in
{
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatStringsSep
    filter
    groupBy
    map
    length
    listToAttrs
    mapAttrs
    ;
  inherit nameValuePair;
  concatMapStringsSep = separator: f: list: concatStringsSep separator (map f list);
  filterAttrs = check: set: removeAttrs set (filter (name: !(check name set.${name})) (attrNames set));
  imap1 = f: list: genList (index: f (index + 1) (elemAt list index)) (length list);
  mapAttrsToList = f: set: map (name: f name set.${name}) (attrNames set);
  optional = condition: value: if condition then [ value ] else [ ];
  mergeAttrsList = foldl' (one: other: one // other) { };
  mkOption = option: option;
  types = {
    ints.positive = null;
    lazyAttrsOf = _: null;
    listOf = _: null;
    raw = null;
    str = null;
  };
}
