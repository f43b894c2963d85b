# Neither the machines nor the builder reach a network outside; machines of different vlans do not see each other.
{
  name = "debian-isolation";
  nodes = {
    here.vlans = [ 1 ];
    there.vlans = [ 2 ];
    between.vlans = [
      1
      2
    ];
  };
  testScript = ''
    import socket

    start_all()

    with subtest("the builder has a loopback interface and nothing else"):
        names = [name for _, name in socket.if_nameindex()]
        t.assertEqual(names, ["lo"])
        with t.assertRaises(OSError):
            socket.create_connection(("192.0.2.1", 80), timeout=5)

    with subtest("a machine has no way out"):
        t.assertEqual(here.succeed("ip -4 route show default"), "")
        here.succeed("ip addr add 10.0.2.15/24 dev eth0 && ip link set eth0 up && ip route add default via 10.0.2.2")
        here.fail("timeout 5 bash -c '</dev/tcp/192.0.2.1/80'")
        here.fail("timeout 5 bash -c '</dev/tcp/10.0.2.2/22'")

    with subtest("vlans are apart"):
        between.succeed("ping -c 1 here", "ping -c 1 there")
        here.fail("ping -c 1 -W 2 there")
        there.fail("ping -c 1 -W 2 here")

    with subtest("addresses follow nixpkgs' rules"):
        t.assertEqual(between.succeed("cat /sys/class/net/eth1/address").strip(), "52:54:00:12:01:01")
        t.assertEqual(between.succeed("cat /sys/class/net/eth2/address").strip(), "52:54:00:12:02:01")
        t.assertIn("192.168.2.1/24", between.succeed("ip -4 addr show eth2"))
        t.assertIn("2001:db8:2::1/64", between.succeed("ip -6 addr show eth2"))
        t.assertIn("192.168.2.3/24", there.succeed("ip -4 addr show eth1"))
  '';
}
