{
  description = "A test of one machine";

  inputs = {
    nixpkgs.url = "github:nixos/nixpkgs/nixos-unstable";
    # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
    rehearse.url = "flake:rehearse";
    rehearse.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    {
      self,
      nixpkgs,
      rehearse,
      ...
    }:
    {
      checks.x86_64-linux.hello = rehearse.lib.runTest {
        hostPkgs = nixpkgs.legacyPackages.x86_64-linux;
        name = "hello";

        nodes.machine =
          { pkgs, ... }:
          {
            environment.systemPackages = [ pkgs.hello ];
          };

        testScript = ''
          machine.wait_for_unit("multi-user.target")
          t.assertIn("Hello", machine.succeed("hello"))
        '';
      };

      # Each check by its name alone, for `nix run .#hello.driverInteractive`.
      legacyPackages = self.checks;
    };
}
