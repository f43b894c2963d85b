# The derivation whose build runs the test.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
in
{
  options = declare {
    test = { };
    rawTestDerivation = { };
    rawTestDerivationArg = { };
    passthru = { };
  };

  config = {
    rawTestDerivationArg = _: config.testContent.attributes // {
      name = "vm-test-run-${config.name}";
      inherit (config)
        checkFlags
        meta
        passthru
        requiredSystemFeatures
        ;
      driver = config.pythonTestDriverPackage;
      testFiles = ../../lib/shared/test-files.sh;
      flags = lib.escapeShellArgs config.extraDriverArgs;
      configurationPath = config.driverConfigurationFile;
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
