/**
  Tests that run containers: apart from the other checks, because Nix refuses to build them where nix.conf lacks what they take.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  test = file: debian.runTest (import file);
  mustFail = file: import ../must-fail/must-fail.nix { inherit debian; } (import file);
  as = import ./as-containers.nix;
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
  container-isolation = test ./isolation.nix;
  container-nixos-start = import ./nixos-start.nix { inherit debian; };
  container-power = test ./power.nix;
  container-pytest = test ./pytest.nix;
  container-postgres = debian.runTest (as (import ../debian/postgres.nix)).containers;
  container-three-ways = import ./three-ways.nix { inherit debian; };
  container-web = debian.runTest (as (import ../debian/web.nix)).containers;
  must-fail-container-command = mustFail ./command-fails.nix;
  must-fail-container-killed = mustFail ./container-killed.nix;
  must-fail-container-type-error = mustFail ./type-error.nix;
}
