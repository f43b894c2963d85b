/**
  What runs tests of pytest in a checkout, with the machines of a test: the testbed, which has no test in it, and the program that
  finds the tests in the working tree.

  Type: { build, driver, attributes, folder, options } -> { testbed, pytest }

  `attributes` are what derivations with the driver's configuration have, and `folder` is what test-folder.nix makes.
*/
{
  build,
  driver,
  attributes,
  folder,
  options,
}:
let
  meta.mainProgram = "pytest";
  testbed =
    build (
      attributes
      // {
        name = "testbed-${options.name}";
        script = ../shared/testbed.sh;
        program = ../shared/test-program.sh;
        passAsFile = [ "configuration" ];
        pytest = "${driver}/python/bin/pytest";
      }
    )
    // {
      inherit meta;
    };
in
{
  inherit testbed;
  pytest =
    build {
      name = "pytest-${options.name}";
      script = ../shared/pytest-program.sh;
      testFiles = ../shared/test-files.sh;
      runner = ../shared/run-pytest.sh;
      arguments = import ../shared/shell-arguments.nix options.pytest.args;
      inherit testbed;
      inherit (folder) start stored;
    }
    // {
      inherit meta;
    };
}
