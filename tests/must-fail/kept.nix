/**
  Results that survive a failure: `.report` builds although the test fails, and a test with `keepFailures` is a verdict on it.

  Type: { debian } -> derivation
*/
{ debian }:
let
  test = debian.runTest {
    name = "kept";
    nodes.machine = { };
    keepFailures = true;
    testScript = ./kept.py;
  };
in
debian.build {
  name = "must-fail-kept";
  script = ./kept.sh;
  inherit (test) report;
  inherit (test.test) reportDerivation;
  verdict = ../../lib/shared/check-report.sh;
}
