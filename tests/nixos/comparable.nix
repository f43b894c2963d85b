/**
  The examples of options that nixpkgs has, too, each called in the way in which people call it: what must be the same under
  both frameworks. tests/eval/test_examples.py compares them.

  Type: { lib, pkgs, ... } -> { <name> = derivation; }

  Example: python3 -m tests.nixos.compare.projects tests/nixos/comparable.nix
*/
{ lib, pkgs, ... }:
let
  inherit (pkgs.testers) nixosTest runNixOSTest;

  # `virtualisation.variants` is not in nixpkgs. Each of these machines is another combination of what the example varies.
  variants =
    { name, nodes, ... }:
    {
      name = "${name}-variants";
      nodes = lib.listToAttrs (
        lib.zipListsWith (node: chosen: {
          name = node;
          value.imports = nodes.${node}.imports ++ lib.attrValues chosen;
        }) (lib.attrNames nodes) (combinations nodes.a.virtualisation.variants)
      );
      testScript = "start_all()";
    };
  combinations = axes: lib.cartesianProduct (lib.mapAttrs (_: lib.attrValues) axes);
in
{
  # Test modules.
  browser = runNixOSTest ./examples/browser.nix;
  interactive-ssh = runNixOSTest ./examples/interactive-ssh.nix;
  ping = runNixOSTest ./examples/ping.nix;
  random-network = runNixOSTest (variants (import ./examples/random-network.nix));
  test-options = runNixOSTest ./examples/test-options.nix;

  # Functions from the packages to a test, and attribute sets.
  desktop = nixosTest ./examples/desktop.nix;
  desktop-firefox = nixosTest (import ./examples/desktop-firefox.nix);
  instrument = nixosTest ./examples/instrument.nix;
  rest-interface = nixosTest ./examples/rest-interface.nix;
  service = nixosTest ./examples/service.nix;
}
