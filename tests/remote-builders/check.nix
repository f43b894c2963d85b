/**
  No result is lost silently when the Nix daemon of a remote builder dies: ten tests on two builders, in the sandbox.

  The tests are small builds that leave what tests of machines leave, so that the check takes seconds. `./check --long` has the same
  with machines.

  Type: { debian } -> derivation
*/
{ debian }:
debian.build {
  name = "remote-builders";
  script = ./check.sh;
  builders = import ./. { inherit debian; };
  tests = ./small-tests.nix;
  report = ./small-report.sh;
  inherit (debian) driver;
  inherit (debian.tools) nix;
}
