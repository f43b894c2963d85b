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
  inherit (config) node;
  inherit (node) nixos;
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
    { config, options, ... }:
    let
      # That of the definitions below: above those of the options' own defaults, below all others.
      priority = 1400;
      isUntouched = option: !(options.nixpkgs ? ${option}) || options.nixpkgs.${option}.highestPrio >= priority;
      untouched = lib.all isUntouched [
        "buildPlatform"
        "config"
        "crossSystem"
        "hostPlatform"
        "localSystem"
        "overlays"
        "system"
      ];
      atHand = if node.pkgs != null then node.pkgs else hostPkgs;
      shared = atHand.stdenv.hostPlatform.isLinux && untouched;
      isGiven = !(isUntouched "pkgs");
    in
    {
      key = "rehearse-packages";
      _file = ./machine-type.nix;
      config = lib.optionalAttrs (!node.pkgsReadOnly) {
        # A machine that says nothing about its packages, not even by default, shares those at hand: nixpkgs is not
        # evaluated once more for each.
        nixpkgs.pkgs = lib.mkIf shared (lib.mkOverride priority atHand);
        # Beside packages, too: containers inside of the machine read it.
        nixpkgs.system = lib.mkIf (isUntouched "hostPlatform" && isUntouched "buildPlatform") (
          lib.mkOverride priority (if isGiven || shared then config.nixpkgs.pkgs.stdenv.hostPlatform.system else system)
        );
      };
    };

  machines = {
    key = "rehearse-machines";
    _file = ./machine-type.nix;
    config._module.args = {
      inherit (config) containers;
      nodes = config.nodesCompat;
    };
  };

  # It may be of another nixpkgs than the packages.
  version = nixos + "/../.version";
  checked = import ./check-release.nix {
    what = "the modules in `node.nixos`";
    release = lib.fileContents version;
  };
  evalConfig = import (nixos + "/lib/eval-config.nix");

  evaluated = (if builtins.pathExists version then checked evalConfig else evalConfig) {
    inherit (hostPkgs) lib;
    # Each machine says it, by its packages.
    system = null;
    inherit (node) specialArgs;
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
