# The networks of a container, as machines in QEMU have them.
{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  primary =
    kind:
    mkOption {
      type = types.str;
      default = "";
      internal = true;
      description = "${kind} address under which the other machines know this one.";
    };
in
{
  options = {
    networking = {
      primaryIPAddress = primary "IPv4";
      primaryIPv6Address = primary "IPv6";
    };

    virtualisation = {
      vlans = mkOption {
        type = types.listOf types.ints.unsigned;
        default = lib.optional (config.virtualisation.interfaces == { }) 1;
        defaultText = lib.literalExpression "if config.virtualisation.interfaces == { } then [ 1 ] else [ ]";
        example = [
          1
          2
        ];
        description = "Networks of the test that the container is in, by number: it has a card `eth1`, `eth2`... in each.";
      };

      interfaces = mkOption {
        type = types.attrsOf (
          types.submodule {
            options = {
              vlan = mkOption {
                type = types.ints.unsigned;
                example = 1;
                description = "Number of the network that the card is in.";
              };
              assignIP = mkOption {
                type = types.bool;
                default = false;
                example = true;
                description = "Gives the card addresses, as those of {option}`virtualisation.vlans` have them.";
              };
            };
          }
        );
        default = { };
        example = {
          enp1s0.vlan = 1;
        };
        description = "Network cards of the container by name, besides those of {option}`virtualisation.vlans`.";
      };
    };
  };
}
