/**
  The Python of the driver, with pytest and the driver as a plugin of it.

  Type: { hostPkgs, driver } -> derivation with `bin/pytest` and `bin/python3`
*/
{ hostPkgs, driver }:
let
  inherit (hostPkgs) python3Packages;
in
python3Packages.python.withPackages (_: [ (python3Packages.toPythonModule driver) ])
