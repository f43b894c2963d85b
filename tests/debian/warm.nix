# Machines that begin from a saved one: each has a clock, a name, addresses and random numbers of its own.
{
  name = "debian-warm";
  acceleration = "never";
  nodes = {
    a.warmStart = true;
    b.warmStart = true;
    c.warmStart.newMachineId = true;
  };
  testScript = ''
    import time

    start_all()
    with subtest("they were not booted"):
        for machine in machines:
            t.assertNotIn("Linux version", machine.get_console_log())

    with subtest("each has its own name and addresses"):
        for number, machine in enumerate(machines, 1):
            t.assertEqual(machine.succeed("hostname"), f"{machine.name}\n")
            addresses = machine.succeed("ip -oneline address show dev eth1")
            t.assertIn(f" 192.168.1.{number}/24 ", addresses)
            t.assertIn(f" 2001:db8:1::{number}/64 ", addresses)
            t.assertEqual(machine.succeed("cat /sys/class/net/eth1/address"), f"52:54:00:12:01:0{number}\n")
        a.succeed("ping -c 1 b", "ping -6 -c 1 b")
        b.succeed("ping -c 1 a")

    with subtest("the clock is right"):
        for machine in machines:
            t.assertAlmostEqual(float(machine.succeed("date +%s.%N")), time.time(), delta=2)

    with subtest("random numbers differ"):
        for machine in machines:
            machine.succeed("dmesg | grep 'crng reseeded due to virtual machine fork'")
        t.assertEqual(len({machine.succeed("head -c 16 /dev/urandom | od -x") for machine in machines}), 3)

    with subtest("a new machine identity where it is asked for"):
        identities = [machine.succeed("cat /etc/machine-id") for machine in machines]
        t.assertEqual(identities[0], identities[1])
        t.assertNotEqual(identities[1], identities[2])
        t.assertRegex(identities[2], r"^[0-9a-f]{32}\n$")
        for machine in machines:
            machine.succeed("logger --tag stage enter", "journalctl --sync")
            machine.succeed("journalctl --identifier stage | grep enter", "journalctl --unit dbus.socket | grep -i listening")

    with subtest("a reboot and a crash are as ever"):
        a.crash()
        a.start()
        t.assertEqual(a.succeed("hostname"), "a\n")
        a.succeed("ping -c 1 b")
        t.assertIn("Linux version", a.get_console_log())
        b.reboot()
        t.assertEqual(b.succeed("hostname"), "b\n")
        a.succeed("ping -c 1 b")
  '';
}
