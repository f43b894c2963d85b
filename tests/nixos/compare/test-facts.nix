/**
  What two frameworks must agree on for one test, as data.

  Type: { lib, whole :: bool } -> test -> facts

  `whole` adds the derivations that users build, which takes all of each machine's configuration.
*/
{ lib, whole }:
let
  machineFacts =
    machine:
    {
      inherit (machine.system) name;
      inherit (machine.networking) extraHosts primaryIPAddress primaryIPv6Address;
      addresses = lib.mapAttrs (_: interface: {
        ipv4 = interface.ipv4.addresses;
        ipv6 = interface.ipv6.addresses;
      }) machine.networking.interfaces;
      networks =
        machine.virtualisation.vlans
        ++ lib.mapAttrsToList (_: interface: interface.vlan) machine.virtualisation.interfaces;
      # They name each interface by its hardware address.
      udevRules = machine.boot.initrd.services.udev.rules;
    }
    // lib.optionalAttrs whole {
      toplevel = machine.system.build.toplevel.drvPath;
    };

  nodeFacts =
    node: machineFacts node // lib.optionalAttrs whole { vm = node.system.build.vm.drvPath; };
  containerFacts =
    container:
    machineFacts container
    // {
      container = true;
    }
    // lib.optionalAttrs whole { nspawn = container.system.build.nspawn.drvPath; };
  machinesOf =
    test:
    lib.mapAttrs (_: nodeFacts) test.nodes
    // lib.mapAttrs (_: containerFacts) (test.containers or { });

  # Options that the driver gets, besides its machines.
  options = test: {
    inherit (test)
      enableOCR
      extraDriverArgs
      globalTimeout
      skipLint
      skipTypeCheck
      ;
    pythonPackages = map (package: package.name) (test.extraPythonPackages test.hostPkgs.python3Packages);
  };
in
test:
{
  inherit (test) name;
  script = builtins.unsafeDiscardStringContext test.testScriptString;
  options = options test;
  machines = machinesOf test;
}
// lib.optionalAttrs whole {
  # The test as people run it at the prompt. Its driver takes these machines, so that they cost nothing more.
  interactive = {
    options = options test.interactive;
    machines = machinesOf test.interactive;
  };
  derivations = lib.mapAttrs (_: derivation: derivation.drvPath) {
    inherit (test) test driver;
    driverInteractive = test.interactive.driver;
  };
}
