/**
  Tests that run containers: apart from the other checks, because Nix refuses to build them where nix.conf lacks what they take.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
{
  container-sandbox = debian.build {
    name = "container-sandbox";
    script = ./sandbox.sh;
    requiredSystemFeatures = [
      "uid-range"
      "devnet"
    ];
  };
}
