/**
  Overlay of nixpkgs by which the tests of a whole project come here: `testers.runNixOSTest`, `testers.nixosTest` and
  `nixosTest` are those of this project.

  Type: final -> prev -> packages

  Example: import nixpkgs { inherit system; overlays = [ rehearse.overlays.default ]; }
*/
final: prev:
let
  # The packages with all overlays: tests see what comes after this one, too.
  ours = import ./testers.nix { pkgs = final; };
in
{
  testers = prev.testers // ours;
  inherit (ours) nixosTest;
}
