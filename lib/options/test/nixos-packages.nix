# The packages and the NixOS that a test of NixOS machines is made from.
{
  hostPkgs = {
    type = "anything";
    required = true;
    exampleText = ''import nixpkgs { system = "x86_64-linux"; }'';
    description = ''
      Packages of the computer that runs the test: QEMU, the driver and the programs of the machines' start scripts. The
      machines are made with the NixOS of the same nixpkgs; their packages are `node.pkgs`.
    '';
  };

  "node.pkgs" = {
    type.nullOr = "packageSet";
    default = null;
    defaultText = "`null`: as the machine's `nixpkgs.*` options say, and `hostPkgs` if they say nothing";
    exampleText = ''import nixpkgs { system = "x86_64-linux"; overlays = [ overlay ]; }'';
    description = ''
      Packages of the machines. With this option the machines' `nixpkgs.*` options are read-only (see `node.pkgsReadOnly`), so
      that no machine is tested with other packages by mistake.
    '';
  };

  "node.pkgsReadOnly" = {
    type = "bool";
    defaultText = "`config.node.pkgs != null`";
    example = false;
    description = ''
      Makes the machines' `nixpkgs.*` options read-only, which needs `node.pkgs`. Set it to `false` for a test in which a machine
      sets one of them. That machine gets packages of its own, made from the NixOS' nixpkgs as its `nixpkgs.*` options say,
      without the overlays of `node.pkgs`; the other machines share `node.pkgs`.
    '';
  };

  "node.specialArgs" = {
    type.lazyAttrsOf = "anything";
    default = { };
    exampleText = "{ inherit inputs; }";
    description = ''
      Arguments for the machines' modules that may be used in their `imports`. For arguments that are not used there,
      `defaults._module.args` is enough, and a machine can override it.
    '';
  };

  "node.nixos" = {
    type = "path";
    defaultText = "`hostPkgs.path + \"/nixos\"`";
    exampleText = ''inputs.nixpkgs + "/nixos"'';
    description = "Folder of the NixOS that the machines are made with: its modules and its `lib`.";
  };
}
