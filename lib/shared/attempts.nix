/**
  The runs of a test that one verdict is made of. The first one takes place, and each other one only if those before it ask for it:
  `attempt.sh` says when. One that is not needed builds at once, and its output has a file `not-needed`.

  An error of the infrastructure is run again once, and a failure only in a test with `flaky`.

  Type: { flaky } -> {
    inSuite, ofReport :: (suffix -> attributes -> derivation) -> [ derivation ];
    byNumber :: { <file> = [ derivation ]; } -> [ { <file> = [ derivation ]; } ];
  }

  The functions make a run, and get what its name ends with, and its attributes besides those of any run of the test. Runs of
  `inSuite` build however they end, and those of `ofReport` not if they have no result to keep. `byNumber` takes the runs of each
  file of a test, and returns for each number the runs of each file up to that number.

  Example: (attempts { flaky = null; }).inSuite (suffix: attributes: run (attributes // { name = "web${suffix}"; }))
*/
{ flaky }:
let
  inherit (builtins)
    attrValues
    elemAt
    foldl'
    genList
    head
    length
    mapAttrs
    ;

  onlyIf = condition: attributes: if condition then attributes else { };
  chain =
    keepFailure: count: run:
    foldl' (
      previous: _:
      let
        number = toString (length previous + 1);
      in
      previous
      ++ [
        (run "-attempt-${number}" (
          { inherit keepFailure; }
          // onlyIf (previous != [ ] || flaky != null) { attemptRules = ./attempt.sh; }
          // onlyIf (previous != [ ]) {
            attempt = number;
            inherit previous;
          }
          // onlyIf (flaky != null) {
            flakyRetries = toString flaky.retries;
            flakyUntil = flaky.until;
          }
        ))
      ]
    ) [ ] (genList (index: index) count);
  retries = if flaky == null then 0 else flaky.retries;

  upTo = count: list: genList (elemAt list) count;
in
{
  inSuite = chain "always" (2 + retries);
  ofReport = chain "1" (1 + retries);
  byNumber =
    files: genList (index: mapAttrs (_: upTo (index + 1)) files) (length (head (attrValues files)));
}
