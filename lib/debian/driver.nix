/**
  The test driver as a program: the Python package, compiled, run by the Python of a tree, with what checks scripts.

  Type: { build, tools } -> tree -> derivation with `bin/nixos-test-driver`
*/
{ build, tools }:
python:
build {
  name = "nixos-test-driver";
  script = ./driver.sh;
  source = ../../driver/test_driver;
  typesCache = ../shared/types-cache.sh;
  tools = python;
  checkers = tools.script;
}
