/**
  What is wrong with the data of options, one sentence for each fault. An empty list is right.

  Type: string -> { <name> = option; } -> [ string ]

  Each option has a `type`, a `description`, and says what its value is if nobody sets it: a `default`, a `defaultText` if the
  default is computed, `required`, or `isSet` if the framework sets it. One that users set has an `example`, or an `exampleText`
  in Nix. Default and example are of the type. The string is the owner of the options, such as `debian-node`.

  Example: import ./problems.nix "test" { broken.type = "bool"; } == [ "test: `broken` has no description." ... ]
*/
owner: options:
let
  inherit (builtins)
    attrNames
    concatMap
    elem
    filter
    hasAttr
    isString
    map
    match
    ;
  types = import ./types.nix;
  attributes = [
    "default"
    "defaultText"
    "description"
    "example"
    "exampleText"
    "isDeclaredByNixos"
    "isHidden"
    "isInternal"
    "isReadOnly"
    "isSet"
    "isShallow"
    "required"
    "type"
  ];
  when = condition: problem: if condition then [ problem ] else [ ];

  of =
    path: option:
    let
      say = problem: "${owner}: `${path}` ${problem}.";
      has = name: hasAttr name option;
      is = name: option.${name} or false;
      knowsType = has "type" && (builtins.tryEval (types.described option.type).one).success;
      wrong =
        attribute:
        let
          problem = types.problem option.type option.${attribute};
        in
        if knowsType && has attribute && problem != null then
          [ (say "is ${(types.described option.type).one}, but its ${attribute} is ${problem}") ]
        else
          [ ];
      inner = if knowsType then types.options option.type else null;
    in
    when (!isString (option.description or null) || match "[ \n]*" option.description != null) (
      say "has no description"
    )
    ++ when (!has "type") (say "has no type")
    ++ when (has "type" && !knowsType) (say "has a type that lib/options/types.nix does not know")
    ++ when (!(has "default" || has "defaultText" || is "required" || is "isSet")) (
      say "has no default: give `default`, `defaultText`, `required = true` or `isSet = true`"
    )
    ++ when (has "default" && (is "required" || is "isSet")) (say "has a default that has no effect")
    ++ when (!(has "example" || has "exampleText" || is "isInternal" || is "isSet")) (
      say "has no example"
    )
    ++ map (attribute: say "has the unknown attribute `${attribute}`") (
      filter (attribute: !(elem attribute attributes)) (attrNames option)
    )
    ++ wrong "default"
    ++ wrong "example"
    ++ (if inner == null then [ ] else ofAll "${path}${types.below option.type}." inner);

  ofAll = prefix: all: concatMap (name: of "${prefix}${name}" all.${name}) (attrNames all);
in
ofAll "" options
