/**
  A suite with a test of each verdict, built as users build it. No test starts its machine, so that the check takes little time.

  An attempt but the first finds its number in the environment: so a test here can fail once.

  Type: { debian } -> { suite :: derivation }
*/
{ debian }:
let
  test =
    name: script: more:
    debian.runTest (
      {
        inherit name;
        nodes.machine = { };
        acceleration = "never";
        # It would take longer than all else.
        skipTypeCheck = true;
        testScript = "import os\n\nattempt = os.environ.get('attempt', '1')\n${script}";
      }
      // more
    );
  error = "raise OSError(28, 'No space left on device')";
  flaky = more: {
    flaky = {
      reason = "it fails once";
      until = "9999-12-31";
    }
    // more;
  };

  suite = import ../../lib/suite.nix { inherit debian; } {
    name = "verdicts";
    tests = {
      passes = test "passes" "assert attempt == '1'" { };
      fails = test "fails" "assert attempt == '2'" { };
      error = test "error" error { };
      mended = test "mended" "if attempt == '1':\n    ${error}" { };
      refused = test "refused" "assert attempt" { extraDriverArgs = [ "--no-such-option" ]; };
      known = test "known" "assert attempt == '2', 'the first one'" (flaky { });
      # An error, a failure and a pass.
      mixed = test "mixed" "if attempt == '1':\n    ${error}\nassert attempt == '3', 'not yet'" (flaky { });
      worn-out = test "worn-out" "assert attempt == '3', 'not yet'" (flaky { retries = 1; });
      late = test "late" "assert attempt" (flaky { until = "2026-01-31"; });
      killed = test "killed" "os.kill(os.getpid(), 9)" { };
      seeds =
        (test "seeds" "import random\nassert (random.random(), attempt) == (0.6394, '2')" { }).repeat
          {
            runs = 1;
            seed = "monday";
            load = true;
          };
      files = debian.runTest (
        {
          name = "files";
          nodes.machine = { };
          acceleration = "never";
          tests = ./files;
          pytest.split = "file";
        }
        // flaky { }
      );
    };
  };
in
{
  suite = debian.build {
    name = "suite";
    script = ./suite.sh;
    inherit suite;
    verdictScript = ../../lib/shared/suite-verdict.sh;
    expected = ./expected.py;
    python = "${debian.driver}/python/bin/python3";
    # The report of a flaky test takes runs of its own.
    report = suite.tests.known.report;
  };
}
