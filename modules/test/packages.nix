{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
  # As plain values of the default priority these are not looked into before they are used.
  lazily = lib.mkOverride lib.modules.defaultOverridePriority;
in
{
  options.hostPkgs = mkOption {
    type = types.raw;
    example = lib.literalExpression "import nixpkgs { system = \"x86_64-linux\"; }";
    description = ''
      Packages of the computer that runs the test: QEMU, the driver and what the machines' start scripts need. The
      machines are made with the NixOS of the same nixpkgs; their packages are {option}`node.pkgs`.
    '';
  };

  config._module.args = {
    hostPkgs = lazily (config.hostPkgs.__splicedPackages or config.hostPkgs);
    pkgs = lazily (
      lib.warnIf hostPkgs.stdenv.hostPlatform.isDarwin
        "rehearse: test `${config.name}`: the module argument `pkgs` holds the packages of this Darwin computer, not those of the machines. Write `hostPkgs` for the former, and `config.node.pkgs` or a node's own `pkgs` for the latter."
        hostPkgs
    );
  };
}
