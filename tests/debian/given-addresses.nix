# Cards that the driver gives no address: a router on their network gives them some, by router advertisement and by DHCP.
{
  name = "debian-given-addresses";
  nodes = {
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
    client = {
      memorySize = 192;
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
        t.assertNotIn("Linux version", client.get_console_log())
        t.assertNotIn("scope global", client.succeed("ip address show dev lan"))
        t.assertIn("192.168.2.1/24", client.succeed("ip address show dev eth1"))
        t.assertIn("192.168.3.1/24", client.succeed("ip address show dev spare"))
        t.assertEqual(client.succeed("cat /sys/class/net/lan/address").strip(), "52:54:00:12:01:01")
        t.assertIn("192.168.2.1 client", router.succeed("cat /etc/hosts"))

    router.succeed("systemctl start systemd-networkd")
    with subtest("router advertisements give an address and a default route"):
        client.wait_until_succeeds("ip -6 address show dev lan | grep 2001:db8:77:", timeout=120)
        client.succeed("ip -6 route show default dev lan | grep 'proto ra'")

    with subtest("DHCP gives an address, to the client that Debian has"):
        client.succeed(
            "printf '[Match]\\nName=lan\\n[Network]\\nDHCP=ipv4\\n' >/etc/systemd/network/dhcp.network",
            "systemctl start systemd-networkd",
        )
        client.wait_until_succeeds("ip -4 address show dev lan | grep 'inet 192.168.1.1[0-9][0-9]/24'", timeout=120)
        client.succeed("ping -c 1 192.168.1.2")
  '';
}
