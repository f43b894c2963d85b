# Options of a Debian node: its network cards and forwarded ports.
let
  vlan = {
    from = 1;
    to = 254;
    one = "a network number";
    many = "network numbers";
  };
  port = {
    type.number = {
      from = 1;
      to = 65535;
    };
    required = true;
  };
  # Four numbers from 0 to 255.
  octet = "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])";
in
{
  vlans = {
    type.nullOr.listOf.number = vlan;
    default = null;
    defaultText = "`[ 1 ]`, or `[ ]` for a node with `interfaces`";
    example = [
      1
      2
    ];
    description = ''
      Numbers of the networks that the machine is in. The cards are `eth1`, `eth2` and so on in this order, and have addresses. The
      MTU is 1500; a script may set up to 65535 (`ip link set eth1 mtu 9000`).
    '';
  };

  interfaces = {
    type.attrsOf.set = {
      one = "a network card";
      many = "network cards";
      options = {
        vlan = {
          type.number = vlan;
          required = true;
          example = 2;
          description = "Number of the network that the card is in.";
        };
        assignIP = {
          type = "bool";
          default = false;
          example = true;
          description = ''
          Gives the card the addresses that a card of `vlans` would have. With `false` the card is up and has no address: it takes
          what routers advertise and what DHCP offers.
        '';
        };
      };
    };
    default = { };
    example.wan.vlan = 2;
    description = "Further network cards by name, as in nixpkgs.";
  };

  forwardPorts = {
    type.listOf.set = {
      one = "a rule with `host.port` and `guest.port`";
      many = "rules with `host.port` and `guest.port`";
      options = {
        from = {
          type.enum = [ "host" ];
          default = "host";
          example = "host";
          description = "Where connections come from: the computer that runs the test.";
        };
        proto = {
          type.enum = [
            "tcp"
            "udp"
          ];
          default = "tcp";
          example = "udp";
          description = "Protocol that is forwarded.";
        };
        "host.address" = {
          type.matching = {
            pattern = "${octet}(\\.${octet}){3}";
            one = "an IPv4 address";
            many = "IPv4 addresses";
          };
          default = "127.0.0.1";
          example = "0.0.0.0";
          description = "Address of the computer at which QEMU listens.";
        };
        "host.port" = port // {
          example = 8080;
          description = "Port of the computer. It can lead to one port of one machine only.";
        };
        "guest.port" = port // {
          example = 80;
          description = "Port of the machine.";
        };
      };
    };
    default = [ ];
    example = [
      {
        host.port = 8080;
        guest.port = 80;
      }
    ];
    description = ''
      Ports of the computer that runs the test which lead to the machine. Nothing outside of a build in the sandbox can reach
      them.
    '';
  };
}
