# Machines in QEMU, each a NixOS configuration.
test@{
  config,
  lib,
  hostPkgs,
  ...
}:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  isOld = lib.oldestSupportedReleaseIsAtLeast or lib.isInOldestRelease;
  interfaces = import ../../lib/nixos/interfaces.nix { inherit lib; };

  driverConfiguration = import ../../lib/shared/driver-configuration.nix;
  vlansOf = node: lib.unique (map (interface: interface.vlan) (interfaces node));
  # What may differ between the variants of a machine.
  described = node: {
    startCommand = [ "${node.system.build.vm}/bin/run-${node.system.name}-vm" ];
    inherit (node.virtualisation) cores memorySize;
    warmStart = if node.testing.warmStart.enable then { folder = "${snapshot node}"; } // node.testing.warmStart.become else null;
  };
  # A machine that changes to a variant with the same keeps what it has written.
  disk =
    { virtualisation, ... }:
    builtins.toJSON {
      inherit (virtualisation) diskImage diskSize emptyDiskImages;
      useBootLoader = virtualisation.useBootLoader or false;
    };
  variant =
    node:
    { values, machine }:
    if vlansOf machine != vlansOf node then
      throw "rehearse: node `${node.system.name}`: its variant ${builtins.toJSON values} is on other networks: they are the same for all variants of a machine."
    else
      driverConfiguration.variant (
        described machine
        // {
          inherit values;
          disk = disk machine;
        }
      );
  # A variant that is wrong in the same way says the same.
  problemsOf =
    node: lib.unique (
      lib.concatMap (one: one.virtualisation.test.problems) (
        [ node ] ++ map (variant: variant.machine) node.virtualisation.variantMachines
      )
    );
  scriptName = import ../../lib/nixos/script-name.nix { inherit lib; };
  snapshot = import ../../lib/nixos/snapshot.nix { inherit lib; } test;
  # One that begins from a snapshot has the system of that one, with names of its own: scripts find what they name.
  running =
    node:
    let
      inherit (node.testing.warmStart) enable saved;
    in
    {
      specialisation = if enable then saved.specialisation else node.specialisation;
      system = node.system // {
        build = node.system.build // {
          toplevel = (if enable then saved else node).system.build.toplevel;
        };
      };
    };
in
{
  options = declare {
    nodes.type = lib.types.lazyAttrsOf config.node.type;
    defaults = { };
    nodeDefaults = { };
    extraBaseModules = { };
    extraBaseNodeModules = { };
    nodesCompat = { };
    "node.type".default = import ../../lib/nixos/machine-type.nix test {
      defaults = [ config.nodeDefaults ];
      base = [
        ../node
        config.extraBaseNodeModules
        {
          virtualisation = {
            qemu = {
              inherit (config.qemu) package;
              # Over the default that a node may set, and below its definitions.
              forceAccel = lib.mkOverride 900 config.qemu.forceAccel;
            };
            host.pkgs = hostPkgs;
          };
        }
      ];
    };
  };

  config = {
    nodesCompat = lib.mapAttrs (
      name: node:
      node
      // running node
      // {
        config = lib.warnIf (isOld 2211) "rehearse: test `${config.name}`: `nodes.${name}.config` is deprecated, write `nodes.${name}`." node;
      }
    ) config.nodes;

    _module.args.nodes = config.nodesCompat;
    machinesByKind.nodes = lib.intersectAttrs config.nodes config.nodesCompat;
    scriptNames.nodes = lib.mapAttrs (attribute: _: (scriptName attribute).name) config.nodes;
    passthru.nodes = config.nodesCompat;
    machineAssertions = map (message: {
      assertion = false;
      inherit message;
    }) (lib.concatMap problemsOf (lib.attrValues config.nodes));

    driverMachines = lib.mapAttrs' (
      attribute: node:
      lib.nameValuePair (scriptName attribute).name (driverConfiguration.machine (described node // {
        aliases = (scriptName attribute).aliases node;
        vlans = vlansOf node;
        inherit (node.virtualisation) powerCuts recordScreen;
        graphics = node.virtualisation.graphics or false;
        ssh = config.sshBackdoor.enable;
        guestAgent = if node.services.qemuGuest.enable then null else false;
        # A device that the snapshot does not have.
        vsockNumber = if config.sshBackdoor.enable && !node.testing.warmStart.enable then node.virtualisation.test.nodeNumber else null;
      }
      // lib.optionalAttrs (node.virtualisation.variantMachines != [ ]) {
        disk = disk node;
        variants = map (variant node) node.virtualisation.variantMachines;
      }))
    ) config.nodes;
  };
}
