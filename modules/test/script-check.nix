# What is said against a script before anything boots.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  withoutContext = builtins.unsafeDiscardStringContext;
in
{
  options = declare {
    skipLint = { };
    skipTypeCheck = { };
    scriptCheck = { };
    checkFlags = { };
  };

  config = {
    checkFlags = lib.concatStringsSep " " (
      lib.optional config.skipLint "--skip-lint" ++ lib.optional config.skipTypeCheck "--skip-type-check"
    );

    warnings = lib.optional config.skipLint "the script is not linted (`skipLint`).";

    scriptCheck =
      hostPkgs.runCommand "check-script-${config.name}"
        (config.testContent.attributes // {
          inherit (config) checkFlags;
          testFiles = ../../lib/shared/test-files.sh;
          driver = config.pythonTestDriverPackage;
          passAsFile = [ "configuration" ] ++ config.testContent.attributes.passAsFile or [ ];
          # Only the names in them count: without their context, no machine is built for the check.
          configuration = withoutContext config.driverConfigurationText;
        } // lib.optionalAttrs (config.tests == null) {
          testScript = withoutContext config.testScriptString;
        })
        ". ${../../lib/shared/check-script.sh}";

    passthru = { inherit (config) scriptCheck; };
  };
}
