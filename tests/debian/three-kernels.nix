# The same packages on each locked kernel: the ones of Debian 12, 13 and testing.
{
  name = "debian-three-kernels";
  nodes = {
    bookworm.kernel = "bookworm";
    trixie.kernel = "trixie";
    testing.kernel = "testing";
  };
  testScript =
    { nodes }:
    ''
      start_all()
      expected = {
          "bookworm": "${nodes.bookworm.kernelRelease}",
          "trixie": "${nodes.trixie.kernelRelease}",
          "testing": "${nodes.testing.kernelRelease}",
      }
      t.assertEqual(len(set(expected.values())), 3)
      t.assertRegex(expected["bookworm"], r"^6\.1\.")
      t.assertRegex(expected["trixie"], r"^6\.12\.")
      for machine in machines:
          with subtest(f"{machine.name} runs its kernel"):
              t.assertEqual(machine.succeed("uname -r").strip(), expected[machine.name])
              # Its modules are there and fit.
              machine.succeed("ip link add dummy9 type dummy")
      for machine in machines:
          with subtest(f"{machine.name} loads modules when somebody asks for what they do"):
              loaded = "test -d /sys/module/{}"
              nodes = machine.succeed("grep -v '^#' /usr/lib/modules/$(uname -r)/modules.devname").splitlines()
              t.assertGreater(len(nodes), 8)
              for module, path, _ in map(str.split, nodes):
                  machine.succeed(f"test -c /dev/{path}")
                  # Others are loaded already, or take seconds to measure themselves.
                  if module in ("cuse", "dm_mod", "fuse", "loop", "uhid", "vhost_net"):
                      machine.fail(loaded.format(module))
                      machine.succeed(f": <>/dev/{path}", loaded.format(module))
              machine.succeed("ip tuntap add dev tun0 mode tun", loaded.format("tun"))
              machine.succeed("truncate -s 8M /root/img && losetup --find --show /root/img")
              for kind in ["squashfs", "vfat"]:
                  machine.fail(f"mount -t {kind} /dev/loop0 /mnt")
                  machine.succeed(f"grep -w {kind} /proc/filesystems")
              for kind in ["bridge", "vrf table 7"]:
                  module = kind.split()[0]
                  machine.fail(loaded.format(module))
                  machine.succeed(f"ip link add {module}0 type {kind}", loaded.format(module))
              machine.succeed("ip xfrm state && ip -6 tunnel add six0 mode ip6ip6 remote ::1")
    '';
}
