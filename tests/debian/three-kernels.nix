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
    '';
}
