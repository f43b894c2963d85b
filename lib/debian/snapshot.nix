/**
  The snapshot of a node: what `warmStart` begins from.

  It has none of what tells one machine from another, so that nodes with the same definition share it, in all tests.

  Type: { build, driver, images, tools, acceleration } -> node -> derivation with `machine.json`, `memory`, `devices`, `disks/` and `overlays/`
*/
{
  build,
  driver,
  images,
  tools,
  acceleration,
}:
node:
let
  inherit (builtins) elemAt genList length map;
  driverConfiguration = import ../shared/driver-configuration.nix;
  name = "machine";
  # As many cards as the node has, in networks of their own.
  vlans = genList (index: index + 1) (length node.cards);
  neutral = node // {
    inherit vlans;
    cards = map (vlan: elemAt node.cards (vlan - 1) // { inherit vlan; }) vlans;
    # They are not of the guest, and those of the host may be taken.
    forwardPorts = [ ];
  };
  addresses = import ./network.nix [ name ] { ${name} = neutral; };
  vm = import ./machine.nix { inherit build images tools; } {
    inherit name;
    node = neutral;
    identity = {
      inherit (addresses.${name}) interfaces;
      file = import ./identity.nix {
        inherit addresses build;
        hosts = [ ];
        hasUserNetwork.${name} = false;
      } name;
    };
  };
in
build {
  name = "snapshot";
  script = ../shared/make-snapshot.sh;
  generalize = ./generalize.sh;
  trimMemory = ../shared/trim-memory.sh;
  inherit (node.warmStart) condition;
  inherit driver;
  tools = tools.host;
  requiredSystemFeatures = if acceleration == "require" then [ "kvm" ] else [ ];
  passAsFile = [ "configuration" ];
  testScript = ../shared/make-snapshot.py;
  configuration = builtins.toJSON (driverConfiguration.test {
    name = "snapshot";
    acceleration = {
      policy = acceleration;
      kernel = "${images.kernel "trixie"}/vmlinux";
      qemu = "${tools.host}/bin/qemu-system-x86_64";
    };
    globalTimeout = 3600;
    machines.${name} = driverConfiguration.machine {
      startCommand = [ "${vm}/bin/run-${name}-vm" ];
      inherit vlans;
      inherit (node) cores memorySize;
      memoryInFile = true;
    };
  });
}
