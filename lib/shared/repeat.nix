/**
  Further runs of a test, by number. Each is a derivation of its own, so that Nix builds it although the test has passed before.

  Type: { name } -> (number as a string -> derivation) -> { "1" = derivation; ... "1000" = derivation; } that is also a
  function: number -> { "1" = derivation; ... }

  Example: builtins.attrNames (test.repeat 2) == [ "1" "2" ]
*/
{ name }:
runOf:
let
  most = 1000;
  upTo =
    count:
    builtins.listToAttrs (
      builtins.genList (
        index:
        let
          number = toString (index + 1);
        in
        {
          name = number;
          value = runOf number;
        }
      ) count
    );
in
upTo most
// {
  __functor =
    _: count:
    if builtins.isInt count && count >= 1 && count <= most then
      upTo count
    else
      throw "rehearse: test `${name}`: `repeat` takes a number of runs from 1 to ${toString most}, but ${
        if builtins.isFunction count then "a function" else builtins.toJSON count
      } was given.";
}
