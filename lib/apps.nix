/**
  The flake's `apps`: what `nix run` starts.

  `nix flake show` asks for no program. From nixpkgs, nothing else is needed before a program is run.

  Type: { debian, nixpkgs } -> { <system>.<name> = app; }
*/
{ debian, nixpkgs }:
let
  app = description: program: {
    type = "app";
    inherit program;
    meta = { inherit description; };
  };
  rehearse = driver: app "Run tests on all builders, and keep machines running for tests of pytest" "${driver}/bin/rehearse";
  fromNixpkgs = system: {
    default = rehearse (import ./nixos/driver.nix { hostPkgs = nixpkgs.legacyPackages.${system}; });
  };
in
{
  x86_64-linux = {
    default = rehearse debian.driver;
    debian = app "Pin Debian packages, and fetch what is pinned into the store" "${./debian/archive}/rehearse-debian";
  };
  aarch64-linux = fromNixpkgs "aarch64-linux";
  aarch64-darwin = fromNixpkgs "aarch64-darwin";
}
