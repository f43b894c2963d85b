/**
  What two frameworks must agree on for tests of a nixpkgs tree, as data.

  Type: { tree :: path, names :: [ string ], whole :: bool } -> { <name> = facts; }

  A name is an attribute of `nixos/tests/all-tests.nix`, or the absolute path of a test module.

  `whole` adds the start script of each machine, for which all of its configuration has to be evaluated.
*/
{
  tree,
  names ? null,
  whole ? false,
}:
let
  pkgs = import tree {
    system = "x86_64-linux";
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib;

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
      vm = machine.system.build.vm.drvPath;
    };

  facts = test: {
    inherit (test) name;
    script = builtins.unsafeDiscardStringContext test.testScriptString;
    machines = lib.mapAttrs (_: machineFacts) test.nodes;
  };

  tests = import (tree + "/nixos/tests/all-tests.nix") {
    inherit pkgs;
    inherit (pkgs) system;
    # Some attributes are derivations of tests, which this may not be called for.
    callTest = test: facts (if test ? testScriptString then test else test.config);
  };

  fromFile =
    file:
    facts
      ((import (tree + "/nixos/lib") { inherit lib; }).evalTest {
        imports = [ (/. + file) ];
        hostPkgs = pkgs;
      }).config;

  shown =
    value:
    if lib.isDerivation value then
      (if value ? config.script then value.config else "derivation")
    else if lib.isAttrs value then
      lib.mapAttrs (_: shown) (removeAttrs value [ "override" "overrideDerivation" ])
    else if lib.isFunction value then
      "function"
    else
      value;
in
if names == null then lib.attrNames tests else lib.genAttrs names (name: shown (if lib.hasPrefix "/" name then fromFile name else tests.${name}))
