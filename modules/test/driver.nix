# The program that runs the test, as it is run by the derivation and by people.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
in
{
  options = {
    qemu.package = mkOption {
      type = types.package;
      default = hostPkgs.qemu_test;
      defaultText = lib.literalExpression "hostPkgs.qemu_test";
      example = lib.literalExpression "hostPkgs.qemu";
      description = "QEMU that runs the {option}`nodes`.";
    };

    enableOCR = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Gives the driver what recognises text on screens, for `wait_for_text` and `get_screen_text`. It is left out
        otherwise because it is large.
      '';
    };

    extraPythonPackages = mkOption {
      type = types.functionTo (types.listOf types.package);
      default = _: [ ];
      defaultText = lib.literalExpression "_: [ ]";
      example = lib.literalExpression "p: [ p.backoff ]";
      description = ''
        Python packages that the script can import: a function from a set like `python3Packages` to a list.
      '';
    };

    extraDriverArgs = mkOption {
      type = types.listOf types.str;
      default = [ ];
      example = [ "--keep-machine-state" ];
      description = "Arguments that the driver gets in addition.";
    };

    logLevel = mkOption {
      type = types.enum [
        "debug"
        "info"
        "warning"
        "error"
      ];
      default = "info";
      example = "warning";
      description = "What the driver's log shows at least. The environment's `logLevel` does not change it.";
    };

    pythonTestDriverPackage = mkOption {
      type = types.package;
      readOnly = true;
      defaultText = lib.literalMD "the driver of this project, for {option}`hostPkgs`";
      description = "Package of the driver, without a test in it.";
    };

    driver = mkOption {
      type = types.package;
      defaultText = lib.literalMD "set by the framework";
      description = "Package with `bin/nixos-test-driver`, which runs this test when called.";
    };
  };

  config = {
    pythonTestDriverPackage = import ../../lib/nixos/driver.nix {
      inherit hostPkgs;
      inherit (config) enableOCR extraPythonPackages;
    };

    extraDriverArgs = lib.mkIf (config.logLevel != "info") [ "--log-level=${config.logLevel}" ];

    driver = config.checked (
      hostPkgs.runCommand "nixos-test-driver-${config.name}"
        {
          driver = config.pythonTestDriverPackage;
          files = ../../lib/shared/test-files.sh;
          flags = lib.escapeShellArgs config.extraDriverArgs;
          interpreter = hostPkgs.runtimeShell;
          configurationPath = config.driverConfigurationFile;
          passAsFile = [ "testScript" ];
          testScript = config.testScriptString;
          preferLocalBuild = true;
          passthru = config.passthru;
          meta = config.meta // {
            mainProgram = "nixos-test-driver";
          };
        }
        ". ${../../lib/shared/test-program.sh}"
    );

    passthru.driver = config.driver;
  };
}
