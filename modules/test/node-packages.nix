{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkIf mkOption types;
in
{
  options.node = {
    pkgs = mkOption {
      type = types.nullOr types.pkgs;
      default = null;
      defaultText = lib.literalMD "`null`: as the machine's `nixpkgs.*` options say; {option}`hostPkgs` if they say nothing";
      example = lib.literalExpression "import nixpkgs { system = \"x86_64-linux\"; overlays = [ overlay ]; }";
      description = ''
        Packages of the machines. When given, the machines' `nixpkgs.*` options become read-only (see
        {option}`node.pkgsReadOnly`), so that no machine is tested with other packages by mistake.
      '';
    };

    pkgsReadOnly = mkOption {
      type = types.bool;
      default = config.node.pkgs != null;
      defaultText = lib.literalExpression "config.node.pkgs != null";
      example = false;
      description = ''
        Makes the machines' `nixpkgs.*` options read-only, which needs {option}`node.pkgs`. Set it to `false` for a test in
        which a machine sets one of them. That machine gets packages of its own, made from the NixOS' nixpkgs as its
        `nixpkgs.*` options say, without the overlays of {option}`node.pkgs`; the other machines share {option}`node.pkgs`.
      '';
    };

    specialArgs = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      example = lib.literalExpression "{ inherit inputs; }";
      description = ''
        Arguments for the machines' modules that may be used in their `imports`. For all others
        `defaults._module.args` does, which a machine can override.
      '';
    };

    nixos = mkOption {
      type = types.path;
      default = hostPkgs.path + "/nixos";
      defaultText = lib.literalExpression "hostPkgs.path + \"/nixos\"";
      example = lib.literalExpression "inputs.nixpkgs + \"/nixos\"";
      description = "Folder of the NixOS that the machines are made with: its modules and its `lib`.";
    };
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
