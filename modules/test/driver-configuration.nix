# The JSON document that tells the driver about the test.
{ config, lib, hostPkgs, ... }:
let
  inherit (lib) mkOption types;
  inherit (hostPkgs.stdenv) hostPlatform;

  kinds = import ../../lib/shared/trouble-kinds.nix;
  machines = lib.attrValues config.driverMachines;
  vlans = lib.sort lib.lessThan (lib.unique (lib.concatMap (machine: machine.vlans) machines));

  # The driver tries KVM with a real kernel. One of a machine is at hand anyhow.
  ownKernels = lib.filter (node: node.boot.kernel.enable or true) (lib.attrValues config.nodes);
  kernel =
    let
      inherit (lib.head ownKernels) boot system;
    in
    if hostPlatform.isx86_64 && hostPlatform.isLinux && ownKernels != [ ] then
      "${boot.kernelPackages.kernel}/${system.boot.loader.kernelFile}"
    else
      null;

  tesseract = (hostPkgs.tesseract5 or hostPkgs.tesseract4).override { enableLanguages = [ "eng" ]; };
in
{
  options = {
    globalTimeout = mkOption {
      type = types.ints.positive;
      default = 3600;
      example = 600;
      description = ''
        Seconds the whole test may take. When they are over, every machine is ended and the test fails, naming the
        step it was in.
      '';
    };

    failOn = mkOption {
      type = types.listOf (types.enum (lib.attrNames kinds));
      default = [ ];
      example = [
        "kernel-oops"
        "failed-unit"
      ];
      description = ''
        Kinds of trouble in machines that fail the test. Trouble of other kinds is only told in the results, and what the
        script expects by `machine.expect_crash(kind)` fails nothing. The kinds are:

        ${lib.concatStrings (lib.mapAttrsToList (kind: meaning: "- `${kind}`: ${meaning}\n") kinds)}
      '';
    };

    driverMachines = mkOption {
      type = types.lazyAttrsOf types.raw;
      default = { };
      internal = true;
      description = "What the driver is told of each machine, by the name that scripts use.";
    };

    driverConfiguration = mkOption {
      type = types.lazyAttrsOf types.raw;
      internal = true;
      description = "The document as a value; the driver's `configuration.py` says what may be in it.";
    };

    driverConfigurationText = mkOption {
      type = types.str;
      internal = true;
      readOnly = true;
      description = "The document as JSON.";
    };

    driverConfigurationFile = mkOption {
      type = types.path;
      internal = true;
      description = "The document as a file. Where the script lies is filled in when it is built in; see `lib/shared/test-files.sh`.";
    };
  };

  config = {
    driverConfiguration = {
      schema_version = 1;
      inherit (config) name;
      test_script = "@test_script@";
      test_script_source = config.testScriptSource;
      global_timeout_seconds = config.globalTimeout;
      fail_on = config.failOn;
      acceleration = {
        policy = config.acceleration;
        qemu = "${config.qemu.package}/bin/qemu-system-${hostPlatform.qemuArch}";
        inherit kernel;
      };
      machines = config.driverMachines;
      inherit vlans;
    }
    // lib.optionalAttrs config.enableOCR { tesseract = "${tesseract}/bin/tesseract"; };
    driverConfigurationText = builtins.toJSON config.driverConfiguration;
    driverConfigurationFile = hostPkgs.writeText "driver-configuration.json" config.driverConfigurationText;
  };
}
