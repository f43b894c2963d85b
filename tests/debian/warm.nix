# Machines that begin from a saved one: each has a clock, a name, addresses and random numbers of its own.
{
  name = "debian-warm";
  acceleration = "never";
  nodes = {
    a.warmStart = true;
    b.warmStart = true;
  };
  testScript = ''
    import time

    start_all()
    with subtest("they were not booted"):
        for machine in (a, b):
            t.assertNotIn("Linux version", machine.get_console_log())

    with subtest("each has its own name and addresses"):
        for number, machine in ((1, a), (2, b)):
            t.assertEqual(machine.succeed("hostname"), f"{machine.name}\n")
            addresses = machine.succeed("ip -oneline address show dev eth1")
            t.assertIn(f" 192.168.1.{number}/24 ", addresses)
            t.assertIn(f" 2001:db8:1::{number}/64 ", addresses)
            t.assertEqual(machine.succeed("cat /sys/class/net/eth1/address"), f"52:54:00:12:01:0{number}\n")
        a.succeed("ping -c 1 b", "ping -6 -c 1 b")
        b.succeed("ping -c 1 a")

    with subtest("the clock is right"):
        for machine in (a, b):
            t.assertAlmostEqual(float(machine.succeed("date +%s.%N")), time.time(), delta=2)

    with subtest("random numbers differ"):
        for machine in (a, b):
            machine.succeed("dmesg | grep 'crng reseeded due to virtual machine fork'")
        t.assertNotEqual(*(machine.succeed("head -c 16 /dev/urandom | od -x") for machine in (a, b)))

    with subtest("a reboot and a crash are as ever"):
        a.crash()
        a.start()
        t.assertEqual(a.succeed("hostname"), "a\n")
        a.succeed("ping -c 1 b")
        t.assertIn("Linux version", a.get_console_log())
  '';
}
