/**
  The testbed that `benchmarks/testbed.py` runs tests with: one warm machine of 512 MiB.

  Type: { checkout :: path } -> { testbed :: derivation, driver :: derivation }
*/
{ checkout }:
let
  debian = import (checkout + "/lib/debian") { };
in
{
  inherit (debian) driver;
  inherit
    (debian.runTest {
      name = "bench-testbed";
      acceleration = "never";
      nodes.server = {
        memorySize = 512;
        warmStart = true;
      };
      testScript = "pass";
    })
    testbed
    ;
}
