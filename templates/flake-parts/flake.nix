{
  description = "Tests in a flake that is made with flake-parts";

  inputs = {
    flake-parts.url = "github:hercules-ci/flake-parts";
    nixpkgs.url = "github:nixos/nixpkgs/nixos-unstable";
    # What your registry calls it (nix registry add rehearse ADDRESS), or its address.
    rehearse.url = "flake:rehearse";
    rehearse.inputs.nixpkgs.follows = "nixpkgs";
  };

  outputs =
    inputs:
    inputs.flake-parts.lib.mkFlake { inherit inputs; } {
      imports = [ inputs.rehearse.flakeModules.default ];
      systems = [
        "x86_64-linux"
        "aarch64-linux"
      ];

      perSystem = _: {
        # Each is a check, and of the same name in legacyPackages, for `nix run .#ping.driverInteractive`.
        vmTests = {
          ping = ./tests/ping.nix;

          hello = {
            nodes.machine =
              { pkgs, ... }:
              {
                environment.systemPackages = [ pkgs.hello ];
              };
            testScript = ''machine.succeed("hello")'';
          };
        };
      };
    };
}
