/**
  The flake's `devShells`: from Debian packages where there are some for the computer, elsewhere from nixpkgs.

  `nix flake show` asks for the type and the name of each. Nothing else needs nixpkgs before it is used.

  Type: { debian, nixpkgs } -> { <system>.<name> = derivation; }
*/
{ debian, nixpkgs }:
let
  fromNixpkgs =
    system:
    let
      hostPkgs = nixpkgs.legacyPackages.${system};
      driver = import ./nixos/driver.nix { inherit hostPkgs; };
      shell = hostPkgs.mkShell {
        name = "rehearse-shell";
        packages = [ (import ./nixos/python.nix { inherit driver hostPkgs; }) ];
      };
    in
    {
      type = "derivation";
      name = "rehearse-shell";
      inherit system;
      inherit (shell)
        all
        builder
        drvAttrs
        drvPath
        out
        outPath
        outputName
        outputs
        ;
    };
in
{
  x86_64-linux = {
    default = debian.shell;
    contributor = debian.contributorShell;
  };
  aarch64-linux.default = fromNixpkgs "aarch64-linux";
  aarch64-darwin.default = fromNixpkgs "aarch64-darwin";
}
