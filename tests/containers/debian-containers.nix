# Containers of Debian packages: they and a machine in QEMU reach each other by their names.
{
  name = "debian-containers";
  sshBackdoor.enable = true;
  nodes.machine = { };
  containers = {
    one = {
      users.alice.extraGroups = [ "adm" ];
      files."/etc/motd" = "hello\n";
      services.late = {
        wantedBy = [ "multi-user.target" ];
        serviceConfig.ExecStart = "/usr/bin/sleep infinity";
      };
    };
    two.setup = "echo set up >/etc/set-up";
  };
  testScript = ''
    import socket

    start_all()
    with subtest("everybody reaches everybody by name"):
        for client in machines:
            for server in machines:
                client.succeed(f"ping -c 1 -W 10 {server.name}", f"ping -6 -c 1 -W 10 {server.name}")
    with subtest("a container has what its definition says"):
        one.wait_for_unit("late")
        t.assertEqual(one.succeed("cat /etc/motd"), "hello\n")
        t.assertEqual(one.succeed("su alice -c 'id -Gn'").split(), ["alice", "adm"])
        t.assertEqual(two.succeed("cat /etc/set-up"), "set up\n")
        t.assertEqual(one.succeed("stat -c %U:%G:%a /home/alice").strip(), "alice:alice:700")
        t.assertEqual(two.succeed("stat -c %U:%G:%a /etc/shadow").strip(), "root:shadow:640")
        for container in machines_nspawn:
            t.assertEqual(container.succeed("hostname").strip(), container.name)
            container.wait_for_unit("multi-user.target")
            t.assertEqual(container.succeed("systemctl --failed --no-legend").strip(), "")
    with subtest("a container changes how its network behaves"):
        one.succeed("sysctl -w net.ipv4.ip_forward=1 net.ipv6.conf.eth1.accept_ra=1 net.ipv4.ip_local_port_range='33060 33062'")
        one.succeed("ip link add bridge type bridge && ip link set eth1 mtu 1400")
        t.assertEqual(two.succeed("cat /proc/sys/net/ipv4/ip_forward"), "0\n")
    with subtest("a person gets in by SSH"):
        one.wait_for_unit("ssh-backdoor.socket")
        port = int(one.ssh_backdoor_command().split("-p ")[1].split()[0])
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            t.assertEqual(connection.recv(8), b"SSH-2.0-")
    with subtest("what a container writes is its own, and is there after a reboot"):
        one.succeed("echo kept >/usr/bin/kept && rm /etc/motd && mv /usr/bin/free /usr/bin/free.old && chmod 700 /usr/bin/top")
        two.fail("test -e /usr/bin/kept")
        two.succeed("test -e /etc/motd || test -e /usr/bin/free")
        one.reboot()
        t.assertEqual(one.succeed("cat /usr/bin/kept"), "kept\n")
        one.fail("test -e /etc/motd")
        one.succeed("test -e /usr/bin/free.old && ! test -e /usr/bin/free")
        t.assertEqual(one.succeed("stat -c %U:%a /usr/bin/top").strip(), "root:700")
  '';
}
