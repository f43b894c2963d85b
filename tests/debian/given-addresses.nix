# Cards that the driver gives no address: a router on their network gives them some, by router advertisement and by DHCP.
{
  name = "debian-given-addresses";
  nodes = {
    client.interfaces.eth1.vlan = 1;
    router.files."/etc/systemd/network/stage.network" = ''
      [Match]
      Name=eth1

      [Network]
      Address=192.168.1.2/24
      KeepConfiguration=yes
      DHCPServer=yes
      IPv6SendRA=yes

      [DHCPServer]
      PoolOffset=100
      PoolSize=50

      [IPv6Prefix]
      Prefix=2001:db8:77::/64
    '';
    warm = {
      vlans = [ 2 ];
      interfaces = {
        lan.vlan = 1;
        spare = {
          vlan = 3;
          assignIP = true;
        };
      };
      warmStart = true;
    };
  };
  testScript = ''
    start_all()
    with subtest("cards have the names, and no address but where one is asked for"):
        t.assertNotIn("inet ", client.succeed("ip -4 address show dev eth1"))
        t.assertNotIn("scope global", client.succeed("ip address show dev eth1"))
        t.assertNotIn("scope global", warm.succeed("ip address show dev lan"))
        t.assertIn("192.168.2.3/24", warm.succeed("ip address show dev eth1"))
        t.assertIn("192.168.3.3/24", warm.succeed("ip address show dev spare"))
        t.assertEqual(warm.succeed("cat /sys/class/net/lan/address").strip(), "52:54:00:12:01:03")
        t.assertIn("127.0.1.1 client", client.succeed("cat /etc/hosts"))
        t.assertNotIn("client", router.succeed("cat /etc/hosts"))

    cards = {client: "eth1", warm: "lan"}
    router.succeed("systemctl start systemd-networkd")
    with subtest("router advertisements give an address and a default route"):
        for machine, card in cards.items():
            machine.wait_until_succeeds(f"ip -6 address show dev {card} | grep 2001:db8:77:", timeout=120)
            machine.succeed(f"ip -6 route show default dev {card} | grep 'proto ra'")
        # A card with an address of its own takes none.
        t.assertNotIn("2001:db8:77:", warm.succeed("ip -6 address show dev eth1"))

    with subtest("DHCP gives an address, to the client that Debian has"):
        for machine, card in cards.items():
            machine.succeed(
                f"printf '[Match]\\nName={card}\\n[Network]\\nDHCP=ipv4\\n' >/etc/systemd/network/dhcp.network",
                "systemctl start systemd-networkd",
            )
        for machine, card in cards.items():
            machine.wait_until_succeeds(f"ip -4 address show dev {card} | grep 'inet 192.168.1.1[0-9][0-9]/24'", timeout=120)
            machine.succeed("ping -c 1 192.168.1.2")
  '';
}
