{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  # As plain values of the default priority these are not looked into before they are used.
  lazily = lib.mkOverride lib.modules.defaultOverridePriority;
in
{
  options = declare { hostPkgs = { }; };

  config._module.args = {
    hostPkgs = lazily (config.hostPkgs.__splicedPackages or config.hostPkgs);
    pkgs = lazily (
      lib.warnIf hostPkgs.stdenv.hostPlatform.isDarwin
        "rehearse: test `${config.name}`: the module argument `pkgs` holds the packages of this Darwin computer, not those of the machines. Write `hostPkgs` for the former, and `config.node.pkgs` or a node's own `pkgs` for the latter."
        hostPkgs
    );
  };
}
