{
  config,
  lib,
  options,
  hostPkgs,
  moduleType,
  nodes,
  ...
}:
let
  inherit (lib) mkOption types;

  # A machine whose store is an image holds what the script refers to. The script of such a test gets its machines from
  # an evaluation without a script, so that it does not depend on itself.
  untangled = lib.mapAttrs (
    name: node:
    if node.virtualisation.useNixStoreImage or false || node.testing.warmStart.enable or false then config.withoutTestScriptReferences.nodesCompat.${name} else node
  );

  arguments = {
    nodes = untangled nodes;
  }
  // config.scriptArguments;

  scriptReferences = {
    wanted = config.includeTestScriptReferences && builtins.hasContext config.testScriptString;
    file = hostPkgs.writeStringReferencesToFile config.testScriptString;
  };

  # A function is given what it names; one that names nothing is given all.
  call =
    function:
    let
      named = lib.functionArgs function;
    in
    function (if named == { } then arguments else builtins.intersectAttrs named arguments);

  script =
    if !options.testScript.isDefined then
      throw "rehearse: test `${config.name}` has no `testScript`: give Python source, a file with it, or a function from { nodes } to one of them."
    else if lib.isFunction config.testScript then
      call config.testScript
    else
      config.testScript;
in
{
  options = {
    testScript = mkOption {
      # The function itself, and not what `functionTo` makes of it: its arguments say what it wants. And the path itself,
      # of which `types.path` would make a text: where it lies is of interest.
      type = types.either types.str (
        types.addCheck types.raw (script: lib.isFunction script || builtins.isPath script)
      );
      example = lib.literalExpression ''
        { nodes }: '''
          start_all()
          server.wait_for_open_port(80)
          client.succeed("curl --fail http://''${nodes.server.networking.primaryIPAddress}/")
        '''
      '';
      description = ''
        Python source that drives the machines, the path of a file with it, or a function to one of them from
        `{ nodes, containers }`, the configurations of the machines by name. The words that a script may use are in the
        reference. At the prompt, a file is read anew from the checkout each time the script is run.
      '';
    };

    testScriptString = mkOption {
      type = types.str;
      readOnly = true;
      internal = true;
      description = "The text of the script.";
    };

    testScriptSource = mkOption {
      type = types.nullOr types.str;
      readOnly = true;
      internal = true;
      description = "Where the script was written, if that is a file of its own.";
    };

    scriptArguments = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      internal = true;
      description = "What a script that is a function can ask for, besides `nodes`.";
    };

    includeTestScriptReferences = mkOption {
      type = types.bool;
      default = true;
      internal = true;
      description = "Puts the store paths that the script refers to into the store images of machines that have one.";
    };

    withoutTestScriptReferences = mkOption {
      type = moduleType;
      internal = true;
      visible = false;
      description = "The same test without its script.";
    };
  };

  config = {
    withoutTestScriptReferences = {
      includeTestScriptReferences = false;
      testScript = lib.mkForce "the script is left out";
    };

    testScriptString = if builtins.isPath script then builtins.readFile script else script;
    testScriptSource = import ../../lib/shared/script-source.nix script;

    defaults =
      { config, ... }@machine:
      let
        wanted =
          config.virtualisation.useNixStoreImage or false || config.testing.warmStart.isSaved or false;
      in
      {
        _file = ./script.nix;
        virtualisation = lib.optionalAttrs (machine.options ? virtualisation.additionalPaths) {
          # The order counts: a machine without an image asks nothing of the script.
          additionalPaths = lib.optional (wanted && scriptReferences.wanted) scriptReferences.file;
        };
      };
  };
}
