/**
  The variants of a machine: which combinations of values there are.

  Type: { what, axes :: { <axis> = [ value ] }, combinations } -> [ { <axis> = value; } ]

  Example: import ./variants.nix { what = "node `a`"; axes = { kernel = [ "old" "new" ]; }; combinations = "all"; }
*/
{
  /** The machine, for messages. */
  what,
  axes,
  /** "all", "pairwise", or a list of sets of values: each stands for all combinations that have these. */
  combinations,
}:
let
  inherit (builtins)
    all
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    elemAt
    filter
    foldl'
    genList
    head
    isAttrs
    isList
    isString
    length
    listToAttrs
    map
    mapAttrs
    match
    toJSON
    ;

  # Each is built, and more than this is a mistake more often than a wish.
  limit = 24;
  names = attrNames axes;
  fail = message: throw "rehearse: ${what}: ${message}";

  checkedAxes = mapAttrs (
    axis: values:
    if match "[A-Za-z_][A-Za-z0-9_]*" axis == null then
      fail "variants: `${axis}` is no name for what varies: scripts write it as a Python name, so letters, digits and _ only."
    else if values == [ ] then
      fail "variants: `${axis}` has no values."
    else if filter (value: length (filter (other: other == value) values) > 1) values != [ ] then
      fail "variants: `${axis}` has a value twice."
    else
      values
  ) axes;

  product =
    chosen:
    foldl' (rows: axis: concatMap (row: map (value: row // { ${axis} = value; }) chosen.${axis}) rows) [
      { }
    ] (attrNames chosen);
  size = chosen: foldl' (number: axis: number * length chosen.${axis}) 1 (attrNames chosen);

  # Pairwise: for any two axes, each pair of their values stands in some row. Rows are made one after another,
  # each from a pair that is missing, and the values that bring most of the others.
  pairOf =
    one: other:
    if one.axis < other.axis then
      toJSON [
        one.axis
        one.place
        other.axis
        other.place
      ]
    else
      pairOf other one;
  places =
    axis:
    genList (place: {
      inherit axis place;
    }) (length checkedAxes.${axis});
  allPairs = listToAttrs (
    concatMap (
      axis:
      concatMap (
        one:
        concatMap (
          later:
          map (other: {
            name = pairOf one other;
            value = {
              ${axis} = one;
              ${later} = other;
            };
          }) (places later)
        ) (filter (later: axis < later) names)
      ) (places axis)
    ) names
  );
  gain =
    missing: row: candidate:
    length (filter (one: missing ? ${pairOf one candidate}) (attrValues row));
  best =
    missing: row: axis:
    foldl' (
      winner: candidate: if gain missing row candidate > gain missing row winner then candidate else winner
    ) (head (places axis)) (places axis);
  rowsFor =
    missing:
    if missing == { } then
      [ ]
    else
      let
        begun = missing.${head (attrNames missing)};
        row = foldl' (
          row: axis: if row ? ${axis} then row else row // { ${axis} = best missing row axis; }
        ) begun names;
        covered = concatMap (one: map (pairOf one) (filter (other: one.axis < other.axis) (attrValues row))) (
          attrValues row
        );
      in
      [ row ] ++ rowsFor (removeAttrs missing covered);
  pairwise =
    if length names < 2 then
      product checkedAxes
    else
      map (mapAttrs (axis: one: elemAt checkedAxes.${axis} one.place)) (rowsFor allPairs);

  # The axes with those of a listed entry held fast.
  narrowed =
    entry:
    let
      strange = filter (axis: !(elem axis names)) (attrNames entry);
      wrong = filter (axis: !(elem entry.${axis} axes.${axis})) (attrNames entry);
      axis = head wrong;
    in
    if !isAttrs entry then
      fail "`variantCombinations` has ${toJSON entry}, which is no set of values."
    else if strange != [ ] then
      fail "`variantCombinations` speaks of `${head strange}`, but what varies is: ${concatStringsSep ", " names}."
    else if wrong != [ ] then
      fail "`variantCombinations` speaks of `${axis} = ${toJSON entry.${axis}}`, which is none of its variants: ${
        concatStringsSep ", " (map toJSON axes.${axis})
      }."
    else
      checkedAxes // mapAttrs (_: value: [ value ]) entry;
  unique = foldl' (found: row: if elem row found then found else found ++ [ row ]) [ ];
  bounded =
    number: rows:
    if number <= limit then
      rows
    else
      fail "its variants are ${toString number} combinations, and ${toString limit} is the limit. Narrow them with `variantCombinations`: \"pairwise\" (${toString (length pairwise)}), or a list of those that are wanted, such as [ ${
        toJSONSet (head (product (mapAttrs (_: values: [ (head values) ]) checkedAxes)))
      } ].";
  toJSONSet =
    row: "{ ${concatStringsSep " " (map (axis: "${axis} = ${toJSON row.${axis}};") (attrNames row))} }";
in
if names == [ ] then
  [ ]
else if isString combinations && combinations == "all" then
  bounded (size checkedAxes) (product checkedAxes)
else if isString combinations && combinations == "pairwise" then
  bounded (length pairwise) pairwise
else if isList combinations && all isAttrs combinations && combinations != [ ] then
  let
    boxes = map narrowed combinations;
    number = foldl' (sum: box: sum + size box) 0 boxes;
  in
  # Counted before they are made, and again without those that are there twice.
  if number > 100 * limit then
    bounded number [ ]
  else
    let
      rows = unique (concatMap product boxes);
    in
    bounded (length rows) rows
else
  fail "`variantCombinations` is \"all\", \"pairwise\", or a list of sets of values, but ${
    if isString combinations then toJSON combinations else "a value of type ${builtins.typeOf combinations}"
  } was given."
