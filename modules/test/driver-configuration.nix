# The JSON document that tells the driver about the test.
{ config, lib, hostPkgs, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  inherit (hostPkgs.stdenv) hostPlatform;

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

  # The driver has them, too. The check of the script looks at no packages but these.
  pythonPath =
    let
      given = config.extraPythonPackages hostPkgs.python3Packages;
      every = lib.unique (given ++ lib.concatLists (lib.catAttrs "requiredPythonModules" given));
      # Python itself is among them, too.
      modules = lib.filter (package: lib.isDerivation (package.pythonModule or null)) every;
    in
    map (package: "${package}") modules;

  resources = import ../../lib/shared/resources.nix;
  largestDisk =
    { virtualisation, ... }:
    lib.foldl' lib.max 0 (
      map (one: resources.disk one.virtualisation) (
        [ { inherit virtualisation; } ] ++ map (variant: variant.machine) virtualisation.variantMachines
      )
    );

  tesseract = import ../../lib/nixos/tesseract.nix hostPkgs;
in
{
  options = declare {
    globalTimeout = { };
    failOn = { };
    containerImages = { };
    driverMachines = { };
    driverConfiguration = { };
    driverConfigurationText = { };
    driverConfigurationFile = { };
  };

  config = {
    driverConfiguration = (import ../../lib/shared/driver-configuration.nix).test {
      inherit (config) compatibility containerImages failOn globalTimeout name;
      acceleration = {
        policy = config.acceleration;
        qemu = "${config.qemu.package}/bin/qemu-system-${hostPlatform.qemuArch}";
        inherit kernel;
      };
      isolation = if config.pytest.isolation == "restore" then null else config.pytest.isolation;
      tesseract = if config.enableOCR then "${tesseract}/bin/tesseract" else null;
      machines = config.driverMachines;
      pythonPath = if pythonPath == [ ] then null else pythonPath;
    };
    driverConfigurationText = builtins.toJSON config.driverConfiguration;
    driverConfigurationFile = hostPkgs.writeText "driver-configuration.json" config.driverConfigurationText;
    passthru = {
      inherit (config) driverConfiguration;
      resources = resources.of {
        machines = config.driverMachines;
        disks = map largestDisk (lib.attrValues config.nodes) ++ lib.catAttrs "writableDisks" (lib.attrValues config.allMachines);
      };
    };
  };
}
