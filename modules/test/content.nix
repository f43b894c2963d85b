# What the test runs: a script, or tests in files of pytest.
{ config, lib, options, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
in
{
  options = declare {
    tests = { };
    "pytest.args" = { };
    "pytest.isolation" = { };
    "pytest.split" = { };
    testContent = { };
  };

  config.testContent = import ../../lib/shared/test-content.nix {
    fail = problem: throw "rehearse: test `${config.name}`${problem}";
    hasScript = options.testScript.isDefined;
    script = {
      testScript = config.testScriptString;
      scriptSource = toString config.testScriptSource;
      passAsFile = [ "testScript" ];
    };
    inherit (config) pytest tests;
  };
}
