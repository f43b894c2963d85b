/**
  The variants of a Debian node, each as the node that it is.

  Type: name -> node as the user wrote it -> { own :: { <axis> = value; }; all :: [ { values = { <axis> = value; }; node = checked node; } ]; }

  An axis is a list of values of the attribute that it is called after, or a set of parts of a node by name. `own` are
  the node's own values of the former.
*/
name: given:
let
  inherit (builtins)
    all
    attrNames
    filter
    foldl'
    hasAttr
    head
    intersectAttrs
    isAttrs
    isBool
    isInt
    isList
    isString
    map
    mapAttrs
    ;
  node = import ./node.nix name;
  merge = import ./merge.nix;
  what = "node `${name}`";
  fail = message: throw "rehearse: ${what}: variants: ${message}";

  # What the driver, or other machines, must know of the machine before it is started.
  fixed = [
    "forwardPorts"
    "graphics"
    "interfaces"
    "powerCuts"
    "recordScreen"
    "variantCombinations"
    "variants"
    "vlans"
    "warmStart"
  ];
  whole = node given;
  axes = mapAttrs axis whole.variants;
  isScalar = value: isString value || isInt value || isBool value;
  isValue = value: isScalar value || (isList value && all isScalar value);
  refuse =
    attribute: where:
    fail "`${attribute}`${where} cannot differ: it is the same for all variants of a machine.";
  part =
    axis: value: given:
    let
      bad = filter (attribute: hasAttr attribute given) fixed;
    in
    if !isAttrs given then
      fail "`${axis}.${value}` is part of a node: an attribute set."
    else if bad != [ ] then
      refuse (head bad) " in `${axis}.${value}`"
    else
      given;
  axis =
    axis: values:
    if isAttrs values then
      attrNames (mapAttrs (part axis) values)
    else if !(isList values && all isValue values) then
      fail "`${axis}` is a list of texts, numbers, true, false, or lists of them; or parts of a node by name: { plain = { }; other = { packages = [ ... ]; }; }."
    else if builtins.elem axis fixed then
      refuse axis ""
    else if !(hasAttr axis whole) then
      fail "a node has no attribute `${axis}`. Values of one are listed; other differences are parts of a node by name: { plain = { }; other = { packages = [ ... ]; }; }."
    else
      values;

  base = removeAttrs given [
    "variantCombinations"
    "variants"
  ];
  change =
    values: node: axis:
    if isAttrs whole.variants.${axis} then
      merge node (part axis values.${axis} whole.variants.${axis}.${values.${axis}})
    else
      node // { ${axis} = values.${axis}; };
in
{
  own = removeAttrs (intersectAttrs whole.variants whole) (
    filter (axis: isAttrs whole.variants.${axis}) (attrNames whole.variants)
  );
  all =
    map
      (values: {
        inherit values;
        node = node (foldl' (change values) base (attrNames values));
      })
      (
        import ../shared/variants.nix {
          inherit axes what;
          combinations = whole.variantCombinations;
        }
      );
}
