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
    import time

    from test_driver.errors import CheckpointError, FaultRefused, GuestPaused


    def reaches(client, server):
        return client.execute(f"ping -c 1 -W 1 {server.name}")[0] == 0


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
        two.succeed("test -e /usr/bin/free")
        for restart in (one.reboot, lambda: one.reboot(soft=True), lambda: (one.shutdown(), one.start()), lambda: (one.crash(), one.start())):
            restart()
            t.assertEqual(one.succeed("cat /usr/bin/kept"), "kept\n")
            one.fail("test -e /etc/motd")
            one.succeed("test -e /usr/bin/free.old && ! test -e /usr/bin/free")
            t.assertEqual(one.succeed("stat -c %U:%a /usr/bin/top").strip(), "root:700")
    with subtest("a guest that reboots by itself ends, unless it may"):
        two.succeed("true")
        two.execute("systemctl reboot", check_output=False)
        two.wait_for_shutdown(timeout=30)
        two.start(allow_reboot=True)
        first = two.get_systemd_process
        two.execute("systemctl reboot", check_output=False)
        while two.get_systemd_process == first:
            time.sleep(0.1)
        two.wait_for_unit("multi-user.target")
    with subtest("faults of networks reach the links of containers"):
        t.assertTrue(reaches(one, two))
        with network.capture("faults.pcap"), network.partition([one, machine], [two]):
            t.assertFalse(reaches(one, two))
            t.assertFalse(reaches(two, machine))
            t.assertTrue(reaches(one, machine))
            two.reboot()
            t.assertFalse(reaches(two, one))
        t.assertGreater((one.out_dir / "faults.pcap").stat().st_size, 500)
        one.wait_until_succeeds("ping -c 1 -W 1 two", timeout=30)
        with network.link(one, two).impair(delay=0.2):
            begin = time.monotonic()
            one.succeed("ping -c 1 -W 5 two")
            t.assertGreater(time.monotonic() - begin, 0.4)
        with network.link(one, two).impair(loss=1):
            t.assertFalse(reaches(one, two))
        with one.unplug(1):
            t.assertEqual(one.succeed("cat /sys/class/net/eth1/carrier").strip(), "0")
        one.wait_until_succeeds("ping -c 1 -W 1 two", timeout=30)
        for container in (one, two):
            container.succeed("ip link set eth1 mtu 9000")
        one.wait_until_succeeds("ping -c 1 -W 1 -M do -s 8000 two", timeout=30)
    with subtest("a container stands still"):
        one.execute("while sleep 0.1; do date +%s.%N >>/tmp/ticks; done & sleep 0.5", check_output=False)
        one.wait_for_file("/tmp/ticks")
        with one.pause():
            with t.assertRaises(GuestPaused):
                one.succeed("true")
            time.sleep(1)
        t.assertTrue(reaches(two, one))
        moments = [float(line) for line in one.succeed("cat /tmp/ticks").split()]
        t.assertGreater(max(b - a for a, b in zip(moments, moments[1:], strict=False)), 0.9)
    with subtest("limits hold, or what is missing is named"):
        spin = "i=0; while ((i < 200000)); do ((i += 1)); done"
        begin = time.monotonic()
        two.succeed(spin)
        alone = time.monotonic() - begin
        try:
            limit = two.limit_cpu(0.1)
        except FaultRefused as error:
            t.assertRegex(str(error), "limit_cpu.*cpu")
        else:
            with limit:
                begin = time.monotonic()
                two.succeed(spin)
                t.assertGreater(time.monotonic() - begin, 3 * alone)
        try:
            limit = two.limit_memory(32)
        except FaultRefused as error:
            t.assertRegex(str(error), "limit_memory.*memory")
        else:
            with limit:
                two.fail("head -c 200M /dev/zero | tail | wc -c")
        two.succeed("true")
    with subtest("files are kept and put back"):
        one.succeed("mkdir -p /srv/data/old && echo first >/srv/data/file && rm -rf /usr/share/bash-completion")
        one.checkpoint_files("first")
        one.succeed("echo second >/srv/data/file && rm -r /srv/data/old && mkdir /usr/share/bash-completion && touch /srv/data/new")
        one.succeed("rm -r /etc/systemd/system/late.service; mkdir /opt/again")
        for _ in range(2):
            one.restore_files("first")
            t.assertEqual(one.succeed("cat /srv/data/file"), "first\n")
            one.succeed("test -d /srv/data/old && ! test -e /srv/data/new && ! test -e /usr/share/bash-completion && ! test -e /opt/again")
            one.wait_for_unit("late")
        with t.assertRaisesRegex(CheckpointError, "'first'"):
            one.restore_files("last")
        with t.assertRaisesRegex(CheckpointError, "one|two"):
            checkpoint_all("memory")
  '';
}
