/**
  What is given and what is given in addition: sets are merged, lists joined, anything else is replaced, as modules would.

  Type: value -> value -> value

  Example: merge { packages = [ "curl" ]; cores = 1; } { packages = [ "strace" ]; cores = 2; }
*/
let
  inherit (builtins) isAttrs isList mapAttrs;
  isPlain = value: isAttrs value && !(value ? outPath);
  merge =
    given: more:
    if isPlain given && isPlain more then
      given // mapAttrs (name: value: if given ? ${name} then merge given.${name} value else value) more
    else if isList given && isList more then
      given ++ more
    else
      more;
in
merge
