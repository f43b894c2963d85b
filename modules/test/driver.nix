# The program that runs the test, as it is run by the derivation and by people.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
in
{
  options = declare {
    "qemu.package".default = hostPkgs.qemu_test;
    enableOCR = { };
    extraPythonPackages.default = _: [ ];
    extraDriverArgs = { };
    logLevel = { };
    pythonTestDriverPackage = { };
    driver = { };
  };

  config = {
    pythonTestDriverPackage = import ../../lib/nixos/driver.nix {
      inherit hostPkgs;
      inherit (config) enableOCR extraPythonPackages;
    };

    extraDriverArgs = lib.mkIf (config.logLevel != "info") [ "--log-level=${config.logLevel}" ];

    driver = config.checked (
      hostPkgs.runCommand "nixos-test-driver-${config.name}"
        (config.testContent.attributes // {
          driver = config.pythonTestDriverPackage;
          testFiles = ../../lib/shared/test-files.sh;
          flags = lib.escapeShellArgs config.extraDriverArgs;
          interpreter = hostPkgs.runtimeShell;
          configurationPath = config.driverConfigurationFile;
          preferLocalBuild = true;
          passthru = config.passthru;
          meta = config.meta // {
            mainProgram = "nixos-test-driver";
          };
        })
        ". ${../../lib/shared/test-program.sh}"
    );

    passthru.driver = config.driver;
  };
}
