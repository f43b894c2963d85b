/**
  Return a value, or refuse a nixpkgs that is too old: it says from which release on tests of NixOS machines are evaluated.

  Type: { what :: string, release :: string } -> value -> value

  Example: import ./check-release.nix { what = "hostPkgs"; inherit (lib.trivial) release; } test
*/
let
  oldest = "24.11";
  # Before that, the driver's dependencies are missing or older than it needs.
  oldestToRun = "25.11";
in
{ what, release }:
if builtins.compareVersions release oldest < 0 then
  throw "rehearse: ${what} of release ${release} are too old: tests of NixOS machines are evaluated with nixpkgs ${oldest} or newer, and run with ${oldestToRun} or newer. Take a newer nixpkgs."
else
  value: value
