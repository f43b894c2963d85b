/**
  Tests that run containers: apart from the other checks, because Nix refuses to build them where nix.conf lacks what they take.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  test = file: debian.runTest (import file);
in
{
  container-backend-auto = test ./backend-auto.nix;
  container-sandbox = debian.build {
    name = "container-sandbox";
    script = ./sandbox.sh;
    requiredSystemFeatures = [
      "uid-range"
      "devnet"
    ];
  };
  debian-containers = test ./debian-containers.nix;
}
