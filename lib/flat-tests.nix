/**
  The leaves of a tree of tests, such as a `matrix` makes: derivations, and what stands in their place by mistake.

  The name of a leaf is the names on the way to it, joined by `-`. Its path has dots instead, for messages.

  Type: name -> derivation or tree of them -> [ { name, path, value } ]

  Example: map (leaf: leaf.name) (flatTests "web" { browser-firefox = test; browser-chromium = test; recurseForDerivations = true; })
    == [ "web-browser-chromium" "web-browser-firefox" ]
*/
let
  inherit (builtins)
    attrNames
    concatMap
    isAttrs
    isFunction
    match
    toJSON
    ;
  branches =
    tree:
    # The `extend` of a matrix is a function. A test may be called so, too.
    removeAttrs tree (
      [ "recurseForDerivations" ] ++ (if isFunction (tree.extend or null) then [ "extend" ] else [ ])
    );
  isLeaf = tree: !isAttrs tree || tree.type or null == "derivation";
  step = name: if match "[A-Za-z_][A-Za-z0-9_'-]*" name == null then toJSON name else name;
  flatten =
    path: name: tree:
    if isLeaf tree then
      [
        {
          inherit name path;
          value = tree;
        }
      ]
    else
      concatMap (branch: flatten "${path}.${step branch}" "${name}-${branch}" tree.${branch}) (
        attrNames (branches tree)
      );
in
name: flatten (step name) name
