/**
  The test driver as a program: the Python package, compiled, run by the host tools' Python, with what checks scripts.

  Type: { build, tools } -> derivation with `bin/nixos-test-driver`
*/
{ build, tools }:
build {
  name = "nixos-test-driver";
  script = ./driver.sh;
  source = ../../driver/test_driver;
  tools = tools.host;
  checkers = tools.script;
}
