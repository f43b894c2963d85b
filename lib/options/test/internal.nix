# Options by which the modules of a test of NixOS machines hand values to each other. Users do not set them.
let
  internal = builtins.mapAttrs (_: option: option // { isInternal = true; });
  byNameByKind = type: { lazyAttrsOf.lazyAttrsOf = type; };
  # Set by the framework alone.
  set = {
    isSet = true;
  };
  readOnly = set // {
    isReadOnly = true;
  };
in
internal {
  assertions = {
    type.listOf = "anything";
    default = [ ];
    exampleText = ''[ { assertion = false; message = "you can't do that"; } ]'';
    description = "Conditions for the test to be built. The messages of all conditions that do not hold are shown together.";
  };

  machineAssertions = {
    type.listOf = "anything";
    default = [ ];
    exampleText = ''[ { assertion = false; message = "you can't do that"; } ]'';
    description = ''
      Conditions for each machine. They are checked if all `assertions` hold, because they need the configurations of all
      machines.
    '';
  };

  warnings = {
    type.listOf = "string";
    default = [ ];
    example = [ "the type check of the script is off" ];
    description = "Warnings that are printed when the test is evaluated.";
  };

  checked = readOnly // {
    type = "anything";
    description = "Function that returns its argument if all assertions hold, and prints the warnings.";
  };

  "node.type" = {
    type = "anything";
    defaultText = "NixOS as a machine in QEMU";
    description = "Option type of the values of `nodes`: a NixOS configuration.";
  };

  "container.type" = {
    type = "anything";
    defaultText = "NixOS as a container";
    description = "Option type of the values of `containers`: a NixOS configuration.";
  };

  nodesCompat = set // {
    type = "unspecified";
    description = "Configurations that scripts and modules get as `nodes`: each also has itself as `config`, with a warning.";
  };

  machine = set // {
    type = "anything";
    description = "The only machine of a test, in the form of 2021. Write `nodes.machine` instead.";
  };

  machinesByKind = {
    type = byNameByKind "anything";
    default = { };
    description = "The machines of each kind by name, under the option that defines them.";
  };

  allMachines = readOnly // {
    type.lazyAttrsOf = "anything";
    description = "All machines of the test by name, of every kind.";
  };

  scriptNames = {
    type = byNameByKind "string";
    default = { };
    description = "Names by which scripts know the machines of each kind, by the names that the test gives them.";
  };

  machineNumbers = readOnly // {
    type.lazyAttrsOf.number.from = 1;
    description = ''
      Number of each machine, from which its addresses follow: the place of its name in the alphabetical list of names.
    '';
  };

  driverMachines = {
    type.lazyAttrsOf = "anything";
    default = { };
    description = "Description of each machine for the driver, by the name that scripts use.";
  };

  containerImages = {
    type.nullOr.listOf = "string";
    default = null;
    description = "Command that unpacks the images of Debian containers, and holds them while the test runs; null if there are none.";
  };

  driverConfiguration = set // {
    type.lazyAttrsOf = "anything";
    description = "The JSON document for the driver as a value. The driver's `configuration.py` says what may be in it.";
  };

  driverConfigurationText = readOnly // {
    type = "string";
    description = "The JSON document for the driver as text.";
  };

  driverConfigurationFile = set // {
    type = "path";
    description = "The JSON document for the driver as a file. The build fills in the path of the script.";
  };

  testContent = readOnly // {
    type = "anything";
    description = "What the test runs, as derivations take it: a script, or a folder with tests.";
  };

  testbed = set // {
    type = "package";
    description = "Derivation with the driver and the configuration of the test, and without the test.";
  };

  testScriptString = readOnly // {
    type = "string";
    description = "Text of the script, which is empty if the test has `tests`.";
  };

  testScriptSource = readOnly // {
    type.nullOr = "string";
    description = "Path of the file that the script was written in, or `null`.";
  };

  scriptArguments = {
    type.lazyAttrsOf = "anything";
    default = { };
    description = "Arguments that a script that is a function can ask for, besides `nodes`.";
  };

  includeTestScriptReferences = {
    type = "bool";
    default = true;
    description = "Puts the store paths that the script refers to into the store images of machines that have one.";
  };

  withoutTestScriptReferences = set // {
    type = "testModule";
    isHidden = true;
    description = "The same test without its script.";
  };

  scriptCheck = readOnly // {
    type = "package";
    description = "Derivation that checks the script and runs nothing.";
  };

  checkFlags = readOnly // {
    type = "string";
    description = "Arguments of the driver for the check of the script.";
  };

  rawTestDerivation = set // {
    type = "package";
    description = "The test's derivation, evaluated at once, as `testers.testBuildFailure` needs it.";
  };

  report = readOnly // {
    type = "package";
    description = "Derivation that runs the test and builds whether the test passes or not.";
  };

  result = {
    type = "unspecified";
    defaultText = "`config`";
    description = "Value that the function that evaluates the test returns.";
  };

  matrixDecisionsMade = {
    type.lazyAttrsOf = "string";
    default = { };
    description = "The choice by decision, for the decisions of the `matrix` that are made.";
  };

  matrixIsRoot = {
    type = "bool";
    default = true;
    description = "Whether no decision of the `matrix` is made yet.";
  };
}
