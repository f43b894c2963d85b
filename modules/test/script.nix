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
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;

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
      config.testContent
    else if lib.isFunction config.testScript then
      call config.testScript
    else
      config.testScript;
in
{
  options = declare {
    testScript = { };
    testScriptString = { };
    testScriptSource = { };
    scriptArguments = { };
    includeTestScriptReferences = { };
    withoutTestScriptReferences.type = moduleType;
  };

  config = {
    withoutTestScriptReferences = {
      includeTestScriptReferences = false;
      testScript = lib.mkForce "the script is left out";
    };

    testScriptString = if config.tests != null then "" else if builtins.isPath script then builtins.readFile script else script;
    testScriptSource = if config.tests != null then null else import ../../lib/shared/script-source.nix script;

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
