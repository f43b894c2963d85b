/**
  The types that the data of options may have, without nixpkgs: how a type is called in messages and documents, and which
  values it accepts.

  Type: { described :: type -> { one, many :: string }; problem :: type -> value -> null or string; shown :: value -> string; options :: type -> options of its attribute set; below :: type -> string }

  A type is a name, such as `"bool"`, or a set with one attribute:

  - `enum = [ "tcp" "udp" ]`: one of these values
  - `number = { from = 1; to = 255; unit = "MiB"; }`: an integer; each of the three may be left out, and
    `one` and `many` are what it is called
  - `matching = { pattern = "[a-z]+"; one = "a name"; many = "names"; }`: a string
  - `listOf`, `nonEmptyListOf`, `attrsOf`, `lazyAttrsOf`, `nullOr`, `functionTo`: a type
  - `either`: a list of types
  - `set = { one = "a user"; many = "users"; options = { ... }; }`: an attribute set with options of its own

  `problem` says why a value is not of a type, or is null. It looks at the elements of lists and attribute sets, but not at the
  options of a `set`: those have messages of their own. `below` is what stands between the name of an option and those of its `set`:
  `.<name>` for an attribute set of them.

  Example: (import ./types.nix).problem { listOf = "bool"; } [ true 1 ] == "element 2 is 1"
*/
let
  inherit (builtins)
    attrNames
    concatStringsSep
    elem
    elemAt
    filter
    genList
    head
    isAttrs
    isBool
    isFloat
    isFunction
    isInt
    isList
    isPath
    isString
    length
    map
    match
    toJSON
    typeOf
    ;
  inherit (import ../debian/unit-names.nix) isUnitName;

  isPackage = value: isAttrs value && value ? outPath;
  isSource = value: isPath value || isString value || isPackage value;
  isScalar = value: isString value || isInt value || isBool value || isSource value;
  always = _: true;

  # What nixpkgs alone can check, and what is checked where it is used, is accepted here.
  named = {
    anything = { one = "any value"; many = "values of any type"; accepts = always; };
    attributes = { one = "an attribute set"; many = "attribute sets"; accepts = isAttrs; };
    bool = { one = "true or false"; many = "values true or false"; accepts = isBool; };
    debianContainer = { one = "a Debian container"; many = "Debian containers"; accepts = always; };
    debianNode = { one = "a Debian node"; many = "Debian nodes"; accepts = always; };
    module = { one = "a NixOS module"; many = "NixOS modules"; accepts = always; };
    nixosConfiguration = { one = "a NixOS configuration"; many = "NixOS configurations"; accepts = always; };
    package = { one = "a package"; many = "packages"; accepts = isPackage; };
    packageSet = { one = "a package set of nixpkgs"; many = "package sets of nixpkgs"; accepts = isAttrs; };
    path = { one = "a path"; many = "paths"; accepts = isSource; };
    scalar = {
      one = "a string, an integer, a path, true or false";
      many = "strings, integers, paths, true or false";
      accepts = isScalar;
    };
    script = {
      one = "Python source, a file with it, or a function to one of them";
      many = "Python sources, files with them, or functions to one of them";
      accepts = value: isString value || isPath value || isFunction value;
    };
    string = { one = "a string"; many = "strings"; accepts = isString; };
    testFiles = {
      one = "a folder or a file with tests of pytest, as a path such as ./tests";
      many = "folders or files with tests of pytest";
      accepts = value: isPath value || isString value && match "/.*" value != null;
    };
    testModule = { one = "an attribute set of options of a test"; many = "attribute sets of options of a test"; accepts = isAttrs; };
    unit = {
      one = "a systemd unit with its suffix, such as \"multi-user.target\"";
      many = "systemd units with their suffixes, such as \"multi-user.target\"";
      accepts = value: isString value && isUnitName value;
    };
    # Definitions of several modules are merged by what they are.
    unspecified = { one = "any value"; many = "values of any type"; accepts = always; };
  };

  last = list: elemAt list (length list - 1);
  # " or " -> [ "a" "b" "c" ] -> "a, b or c"
  alternatives =
    separator: texts:
    if length texts == 1 then
      head texts
    else
      concatStringsSep ", " (genList (elemAt texts) (length texts - 1)) + separator + last texts;
  # "of seconds", "of MiB from 64 to 4096"
  bounds =
    {
      from ? null,
      to ? null,
      unit ? null,
      ...
    }:
    (if unit == null then "" else " of ${unit}")
    + (if to != null then " from ${toString from} to ${toString to}" else "")
    + (if to == null && from != null && from != 1 then " from ${toString from}" else "");

  shown =
    value:
    if isString value || isInt value || isFloat value || isBool value || value == null then
      toJSON value
    else if isList value then
      "a list"
    else if isAttrs value then
      "an attribute set"
    else if isFunction value then
      "a function"
    else
      "a value of type ${typeOf value}";

  # By the attribute that a type has.
  compound = {
    enum =
      values:
      let
        text = alternatives " or " (map toJSON values);
      in
      {
        one = text;
        many = "values ${text}";
        problem = value: if elem value values then null else shown value;
      };
    number =
      {
        from ? null,
        to ? null,
        ...
      }@limits:
      let
        positive = if from == 1 && to == null then "positive " else "";
      in
      {
        one = "${limits.one or "a ${positive}number"}${bounds limits}";
        many = "${limits.many or "${positive}numbers"}${bounds limits}";
        problem =
          value:
          if isInt value && (from == null || value >= from) && (to == null || value <= to) then
            null
          else
            shown value;
      };
    matching =
      {
        pattern,
        one,
        many,
      }:
      {
        inherit one many;
        problem = value: if isString value && match pattern value != null then null else shown value;
      };
    listOf =
      type:
      let
        element = described type;
      in
      {
        one = "a list of ${element.many}";
        many = "lists of ${element.many}";
        problem =
          value:
          let
            bad = filter (index: problem type (elemAt value index) != null) (genList (index: index) (length value));
            first = head bad;
          in
          if !isList value then
            shown value
          else if bad == [ ] then
            null
          else
            "a list whose element ${toString (first + 1)} is ${problem type (elemAt value first)}";
      };
    nonEmptyListOf =
      type:
      let
        list = compound.listOf type;
      in
      {
        one = "a list, not empty, of ${(described type).many}";
        many = "lists, not empty, of ${(described type).many}";
        problem = value: if value == [ ] then "an empty list" else list.problem value;
      };
    attrsOf =
      type:
      let
        element = described type;
      in
      {
        one = "an attribute set of ${element.many}";
        many = "attribute sets of ${element.many}";
        problem =
          value:
          let
            bad = filter (name: problem type value.${name} != null) (attrNames value);
          in
          if !isAttrs value then
            shown value
          else if bad == [ ] then
            null
          else
            "an attribute set whose `${head bad}` is ${problem type value.${head bad}}";
      };
    lazyAttrsOf =
      type:
      compound.attrsOf type
      // {
        # The values are not looked at before they are used.
        problem = value: if isAttrs value then null else shown value;
      };
    nullOr =
      type:
      let
        inner = described type;
      in
      {
        one = "${inner.one}, or null";
        many = "${inner.many}, or null";
        problem = value: if value == null then null else problem type value;
      };
    either = types: {
      one = alternatives ", or " (map (type: (described type).one) types);
      many = alternatives ", or " (map (type: (described type).many) types);
      problem =
        value: if filter (type: problem type value == null) types != [ ] then null else shown value;
    };
    functionTo = type: {
      one = "a function to ${(described type).one}";
      many = "functions to ${(described type).many}";
      problem = value: if isFunction value then null else shown value;
    };
    set =
      { one, many, ... }:
      {
        inherit one many;
        problem = value: if isAttrs value then null else shown value;
      };
  };

  known =
    type:
    let
      name = head (attrNames type);
    in
    if isString type && named ? ${type} then
      named.${type}
      // {
        problem = value: if named.${type}.accepts value then null else shown value;
      }
    else if isAttrs type && length (attrNames type) == 1 && compound ? ${name} then
      compound.${name} type.${name}
    else
      throw "rehearse: ${toJSON type} is no type of an option. Types are ${
        concatStringsSep ", " (attrNames named ++ map (kind: "{ ${kind} = ...; }") (attrNames compound))
      }.";
  described = type: { inherit (known type) one many; };
  problem = type: (known type).problem;

  # The options of the attribute sets that a type is made of, or null.
  options =
    type:
    if !isAttrs type then
      null
    else if type ? set then
      type.set.options
    else
      let
        inner = filter (one: one != null) (
          map options (type.either or (map (name: type.${name} or null) [
            "attrsOf"
            "lazyAttrsOf"
            "listOf"
            "nonEmptyListOf"
            "nullOr"
          ]))
        );
      in
      if inner == [ ] then null else head inner;

  # How the options of a set are called below the option that has it.
  below =
    type:
    if !isAttrs type then
      null
    else if type ? set then
      ""
    else if type ? attrsOf || type ? lazyAttrsOf then
      step ".<name>" (type.attrsOf or type.lazyAttrsOf)
    else if type ? listOf || type ? nonEmptyListOf then
      step ".*" (type.listOf or type.nonEmptyListOf)
    else if type ? nullOr then
      below type.nullOr
    else if type ? either then
      head (filter (path: path != null) (map below type.either) ++ [ null ])
    else
      null;
  step =
    text: type:
    let
      rest = below type;
    in
    if rest == null then null else text + rest;
in
{
  inherit
    below
    options
    problem
    shown
    described
    ;
}
