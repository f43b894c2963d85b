# What runs tests of pytest in a checkout: the testbed, and the program that finds the tests in the working tree.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;

  program =
    name: attributes: text:
    hostPkgs.runCommand name (
      attributes
      // {
        interpreter = hostPkgs.runtimeShell;
        preferLocalBuild = true;
        meta.mainProgram = "pytest";
      }
    ) text;
  python = import ../../lib/nixos/python.nix {
    inherit hostPkgs;
    driver = config.pythonTestDriverPackage;
  };
in
{
  options = declare { testbed = { }; };

  config = {
    testbed = config.checked (
      program "testbed-${config.name}" {
        driver = config.pythonTestDriverPackage;
        program = ../../lib/shared/test-program.sh;
        pytest = "${python}/bin/pytest";
        testFiles = ../../lib/shared/test-files.sh;
        flags = lib.escapeShellArgs config.extraDriverArgs;
        configurationPath = config.driverConfigurationFile;
      } ". ${../../lib/shared/testbed.sh}"
    );

    passthru = {
      inherit (config) testbed;
    }
    // lib.optionalAttrs (config.tests != null) {
      pytest = program "pytest-${config.name}" {
        inherit (config) testbed;
        inherit (config.testContent.folder) start stored;
        testFiles = ../../lib/shared/test-files.sh;
        runner = ../../lib/shared/run-pytest.sh;
        arguments = lib.escapeShellArgs config.pytest.args;
      } ". ${../../lib/shared/pytest-program.sh}";
    };
  };
}
