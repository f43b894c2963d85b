# The derivation whose build runs the test.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    test = mkOption {
      type = types.package;
      defaultText = lib.literalMD "set by the framework";
      description = ''
        Derivation that boots the machines and runs the script when it is built, cut off from the network. Its output
        holds log, reports, screenshots and what the script copied. Nothing of it is evaluated for its `passthru` or
        `meta`.
      '';
    };

    rawTestDerivation = mkOption {
      type = types.package;
      internal = true;
      description = "The same derivation, evaluated at once, as `testers.testBuildFailure` needs it.";
    };

    rawTestDerivationArg = mkOption {
      type = types.functionTo types.raw;
      example = lib.literalExpression "finalAttrs: { name = \"vm-test-run-mine\"; }";
      description = ''
        What {option}`rawTestDerivation` is made from: a function from the final attributes to those that
        `stdenv.mkDerivation` takes. `overrideTestDerivation` of a test extends it.
      '';
    };

    passthru = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      example = lib.literalExpression "{ inherit package; }";
      description = ''
        Attributes that the test's derivations have in addition. They change nothing in the derivations. The framework
        sets `config`, `containers`, `driver`, `driverInteractive`, `extend`, `extendNixOS`, `nodes`, `overrideTestDerivation`,
        `repeat`, `report`, `scriptCheck` and `test`.
      '';
    };
  };

  config = {
    rawTestDerivationArg = _: {
      name = "vm-test-run-${config.name}";
      inherit (config)
        checkFlags
        meta
        passthru
        requiredSystemFeatures
        ;
      driver = config.pythonTestDriverPackage;
      files = ../../lib/shared/test-files.sh;
      flags = lib.escapeShellArgs config.extraDriverArgs;
      configurationPath = config.driverConfigurationFile;
      passAsFile = [ "testScript" ];
      testScript = config.testScriptString;
      buildCommand = ". ${../../lib/shared/run-test.sh}";
    };

    test = lib.lazyDerivation {
      derivation = config.rawTestDerivation;
      inherit (config) passthru meta;
    };

    passthru = {
      inherit config;
      inherit (config) test;
    };
  };
}
