/**
  The type of a test's machines of one kind: a NixOS configuration with what every machine of a test has.

  Type: arguments of a test's module -> { defaults :: [ module ], base :: [ module ] } -> option type

  `defaults` are modules as the user may write them; `base` are those that specialisations keep in any case.
*/
{
  config,
  lib,
  hostPkgs,
  ...
}:
{ defaults, base }:
let
  inherit (config.node) nixos;
  inherit (hostPkgs.stdenv) hostPlatform;

  system =
    if hostPlatform.isLinux then
      hostPlatform.system
    else
      {
        "x86_64-darwin" = "x86_64-linux";
        "aarch64-darwin" = "aarch64-linux";
      }
      .${hostPlatform.system}
        or (throw "rehearse: test `${config.name}`: machines of NixOS can be run on Linux, x86_64-darwin and aarch64-darwin, but `hostPkgs` are for ${hostPlatform.system}.");

  packages =
    { options, ... }:
    let
      isUntouched = option: !(options.nixpkgs ? ${option}) || options.nixpkgs.${option}.highestPrio >= 1500;
      untouched = lib.all isUntouched [
        "buildPlatform"
        "config"
        "crossSystem"
        "hostPlatform"
        "localSystem"
        "overlays"
      ];
      shared = hostPlatform.isLinux && untouched;
    in
    {
      key = "rehearse-packages";
      _file = ./machine-type.nix;
      config = lib.optionalAttrs (!config.node.pkgsReadOnly) {
        # A machine that says nothing about its packages, not even by default, shares those at hand: nixpkgs is not
        # evaluated once more for each.
        nixpkgs.pkgs = lib.mkIf (config.node.pkgs == null && shared) (lib.mkOverride 1400 hostPkgs);
        nixpkgs.system = lib.mkIf (config.node.pkgs == null && !shared && isUntouched "hostPlatform") (
          lib.mkDefault system
        );
      };
    };

  machines = {
    key = "rehearse-machines";
    _file = ./machine-type.nix;
    config._module.args.nodes = config.nodesCompat;
  };

  evaluated = import (nixos + "/lib/eval-config.nix") {
    inherit (hostPkgs) lib;
    # Each machine says it, by its packages.
    system = null;
    inherit (config.node) specialArgs;
    modules = [ config.defaults ] ++ defaults;
    baseModules =
      import (nixos + "/modules/module-list.nix")
      ++ [
        machines
        packages
        config.extraBaseModules
      ]
      ++ base;
  };
in
evaluated.type
