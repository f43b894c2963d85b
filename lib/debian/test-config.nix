/**
  The attribute `config` of a Debian test: the options of the test with their values, as it is for tests of NixOS machines.

  It was the driver's configuration once. What only that had is there still, with a warning that says what to write now.

  Type: { what :: string, options, nodes, containers, driverConfiguration, testScriptString, testScriptSource } -> attribute set

  Example: (runTest { name = "ping"; ... }).config.globalTimeout == 3600
*/
{
  what,
  options,
  nodes,
  containers,
  driverConfiguration,
  testScriptString,
  testScriptSource,
}:
let
  # Nix has it from 2.23 on.
  warn = builtins.warn or (message: builtins.trace "evaluation warning: ${message}");
  moved =
    name: instead: value:
    warn "rehearse: ${what}: `config.${name}` is deprecated: `config` has the options of the test. Write `${instead}`." value;
  ofDriver =
    name: moved name "driverConfiguration.${name}" driverConfiguration.${name};
in
options
// {
  inherit
    containers
    driverConfiguration
    nodes
    testScriptSource
    testScriptString
    ;
  fail_on = moved "fail_on" "config.failOn" options.failOn;
  global_timeout_seconds = moved "global_timeout_seconds" "config.globalTimeout" options.globalTimeout;
  machines = ofDriver "machines";
  schema_version = ofDriver "schema_version";
  test_script = moved "test_script" "config.testScriptString" testScriptString;
  test_script_source = moved "test_script_source" "config.testScriptSource" testScriptSource;
  vlans = ofDriver "vlans";
}
// (if options.enableOCR then { tesseract = ofDriver "tesseract"; } else { })
