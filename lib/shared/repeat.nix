/**
  Further runs of a test, by number. Each is a derivation of its own, so that Nix builds it although the test has passed before.

  Type: { name } -> (suffix -> attributes -> derivation) -> { "1" = derivation; ... "1000" = derivation; } that is also a
  function: number or { runs, seed, load } -> { "1" = derivation; ... }

  The function that makes a run gets what its name ends with, and its attributes besides those of any run of the test.

  Example: builtins.attrNames (test.repeat 2) == [ "1" "2" ]
*/
{ name }:
runOf:
let
  inherit (builtins)
    deepSeq
    genList
    isAttrs
    isInt
    listToAttrs
    ;
  most = 1000;
  number = {
    from = 1;
    to = most;
    one = "a number of runs";
    many = "numbers of runs";
  };
  fail = message: throw "rehearse: test `${name}`: `repeat`${message}";

  checked = import ../options/checked.nix {
    noun = "argument";
    options = {
      runs = {
        type = { inherit number; };
        required = true;
      };
      seed.type.nullOr.matching = {
        pattern = "[A-Za-z0-9][A-Za-z0-9._-]*";
        one = "a seed: letters, digits and . _ -";
        many = "seeds";
      };
      load = {
        type = "bool";
        default = false;
      };
    };
  } "test `${name}`: `repeat`";

  upTo =
    {
      runs,
      seed ? null,
      load ? false,
    }:
    listToAttrs (
      genList (
        index:
        let
          repetition = toString (index + 1);
        in
        {
          name = repetition;
          value = runOf "-repeat-${repetition}" (
            { inherit repetition; }
            // (if seed == null then { } else { seed = "${seed}-${repetition}"; })
            // (if load then { load = "1"; } else { })
          );
        }
      ) runs
    );
in
upTo { runs = most; }
// {
  __functor =
    _: given:
    if isInt given && given >= 1 && given <= most then
      upTo { runs = given; }
    else if isAttrs given && !(given ? outPath) then
      let
        arguments = checked given;
      in
      upTo (deepSeq arguments arguments)
    else
      fail " takes a number of runs from 1 to ${toString most}, or { runs; seed; load; }, but ${
        if builtins.isFunction given then "a function" else (import ../options/types.nix).shown given
      } was given.";
}
