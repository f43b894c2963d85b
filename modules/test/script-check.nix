# What is said against a script before anything boots.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
  withoutContext = builtins.unsafeDiscardStringContext;
in
{
  options = {
    skipLint = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Leaves out the check of the script for names that do not exist, imports that nobody uses and the like.";
    };

    skipTypeCheck = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = "Leaves out the check of the script's types: words that no machine has, wrong arguments.";
    };

    scriptCheck = mkOption {
      type = types.package;
      internal = true;
      readOnly = true;
      description = "Derivation that checks the script and does nothing else.";
    };

    checkFlags = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      description = "What the driver is told when it checks the script.";
    };
  };

  config = {
    checkFlags = lib.concatStringsSep " " (
      lib.optional config.skipLint "--skip-lint" ++ lib.optional config.skipTypeCheck "--skip-type-check"
    );

    warnings = lib.optional config.skipLint "the script is not linted (`skipLint`).";

    scriptCheck =
      hostPkgs.runCommand "check-script-${config.name}"
        {
          inherit (config) checkFlags;
          files = ../../lib/shared/test-files.sh;
          driver = config.pythonTestDriverPackage;
          passAsFile = [
            "configuration"
            "testScript"
          ];
          # Only the names in them count: without their context, no machine is built for the check.
          configuration = withoutContext config.driverConfigurationText;
          testScript = withoutContext config.testScriptString;
        }
        ". ${../../lib/shared/check-script.sh}";

    passthru = { inherit (config) scriptCheck; };
  };
}
