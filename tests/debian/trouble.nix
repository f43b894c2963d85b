/**
  Trouble of real machines: a test that expects it, and what the results of that test tell.

  Type: { debian } -> derivation
*/
{ debian }:
let
  test = debian.runTest {
    name = "debian-trouble";
    acceleration = "never";
    nodes = {
      loud = {
        emptyDiskImages = [ 1 ];
        warmStart = true;
      };
      quiet.warmStart = true;
    };
    testScript = ./trouble.py;
  };
in
debian.build {
  name = "debian-trouble";
  script = ./trouble.sh;
  inherit test;
}
