# Options of `containers.<name>`, a NixOS machine in a container, beside those of NixOS.
let
  internal = builtins.mapAttrs (_: option: option // { isInternal = true; });
  primary = kind: {
    type = "string";
    default = "";
    description = "${kind} address under which the other machines know this one.";
  };
in
import ./nixos-machine.nix
// {
  "virtualisation.vlans" = {
    type.listOf.number.from = 0;
    defaultText = "`[ 1 ]`, or `[ ]` if the container has `virtualisation.interfaces`";
    example = [
      1
      2
    ];
    description = ''
      Numbers of the networks of the test that the container is in. The cards are `eth1`, `eth2` and so on in this order.
    '';
  };

  "virtualisation.interfaces" = {
    type.attrsOf.set = {
      one = "a network card";
      many = "network cards";
      options = {
        vlan = {
          type.number.from = 0;
          required = true;
          example = 1;
          description = "Number of the network that the card is in.";
        };
        assignIP = {
          type = "bool";
          default = false;
          example = true;
          description = "Gives the card the addresses that a card of `virtualisation.vlans` would have.";
        };
      };
    };
    default = { };
    example.enp1s0.vlan = 1;
    description = "Network cards of the container by name, besides those of `virtualisation.vlans`.";
  };

  "virtualisation.cmdline" = {
    type.listOf = "string";
    default = [ ];
    example = [ "systemd.log_level=debug" ];
    description = "Arguments for the container's first program, which is systemd.";
  };

  "virtualisation.rootDir" = {
    type = "string";
    defaultText = "`\"./\${config.system.name}-root\"`";
    example = "/var/tmp/root";
    description = ''
      Folder with the container's files. The driver makes it unless it exists, and keeps it from start to start within a test. A
      relative path is in the folder of the machine's state.
    '';
  };

  "virtualisation.writableStore" = {
    type = "bool";
    default = false;
    example = true;
    description = ''
      Lets the container add paths to its Nix store, for tests that copy a system into it. The paths are in
      `virtualisation.rootDir`; the store of the computer does not change. If the kernel refuses an overlay in the sandbox of a
      build, each store path of the build is mounted by itself, which takes some milliseconds each.
    '';
  };

  "virtualisation.systemd-nspawn.package" = {
    type = "package";
    defaultText = "`pkgs.systemd`";
    exampleText = "pkgs.systemdMinimal";
    description = "Package whose `systemd-nspawn` runs the container.";
  };

  "virtualisation.systemd-nspawn.options" = {
    type.listOf = "string";
    default = [ ];
    example = [ "--bind-ro=/srv/data" ];
    description = "Further arguments of `systemd-nspawn`, one string each.";
  };
}
// internal {
  "networking.primaryIPAddress" = primary "IPv4";
  "networking.primaryIPv6Address" = primary "IPv6";

  "testing.warmStart" = {
    type = "anything";
    default = false;
    description = "Is refused: a container has no state that could be saved, and starts within 2 seconds.";
  };
}
