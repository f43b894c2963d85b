{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkIf;
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
in
{
  options = declare {
    "node.pkgs" = { };
    "node.pkgsReadOnly".default = config.node.pkgs != null;
    "node.specialArgs" = { };
    "node.nixos".default = hostPkgs.path + "/nixos";
  };

  config = {
    assertions = [
      {
        assertion = config.node.pkgsReadOnly -> config.node.pkgs != null;
        message = "`node.pkgsReadOnly` is true, but there is no `node.pkgs`: give the packages of the machines, or leave it false.";
      }
    ];
    defaults.imports = [
      { config.nixpkgs = mkIf config.node.pkgsReadOnly { inherit (config.node) pkgs; }; }
    ]
    ++ lib.optional config.node.pkgsReadOnly (config.node.nixos + "/modules/misc/nixpkgs/read-only.nix");
  };
}
