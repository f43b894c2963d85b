# A script makes a machine another of its variants: kernel, memory and what is in it, warm and with the disk it had.
{
  name = "debian-variants";
  acceleration = "never";
  nodes.a = {
    warmStart = true;
    variants = {
      kernel = [
        "bookworm"
        "trixie"
        "testing"
      ];
      memorySize = [
        160
        256
      ];
      letter.none = { };
      letter.one.files."/etc/letter" = "Dear stage";
    };
    variantCombinations = [
      {
        memorySize = 160;
        letter = "none";
      }
      {
        kernel = "testing";
        memorySize = 256;
        letter = "one";
      }
    ];
  };
  testScript = ''
    releases = set()

    with subtest("each variant starts from a snapshot of its own"):
        t.assertEqual(a.variant, {"kernel": "trixie", "memorySize": 512})
        for kernel in ("bookworm", "trixie", "testing"):
            a.use_variant(kernel=kernel, memorySize=160, letter="none")
            releases.add(a.succeed("uname -r"))
            t.assertLess(int(a.succeed("awk '/MemTotal/ { print $2 }' /proc/meminfo")), 160 * 1024)
            t.assertNotIn("Linux version", a.get_console_log())
            t.assertEqual(a.succeed("hostname"), "a\n")
            a.crash()
            a.cleanup_statedir()
        t.assertEqual(len(releases), 3)

    with subtest("a disk that fits is kept, and a checkpoint knows its variant"):
        a.use_variant(kernel="bookworm")
        a.succeed("echo kept >/var/lib/kept; sync")
        a.checkpoint("bookworm")
        a.crash()
        a.use_variant(kernel="testing", memorySize=256, letter="one")
        t.assertEqual(a.succeed("cat /var/lib/kept /etc/letter"), "kept\nDear stage")
        t.assertIn("Linux version", a.get_console_log())
        a.restore("bookworm")
        t.assertEqual(a.variant, {"kernel": "bookworm", "memorySize": 160, "letter": "none"})
        a.succeed("grep kept /var/lib/kept", "uname -r | grep '^6\\.1\\.'")

    with subtest("what it cannot become"):
        with t.assertRaisesRegex(Exception, "a: it runs, and cannot become another variant"):
            a.use_variant(kernel="trixie")
        a.crash()
        with t.assertRaisesRegex(Exception, "a: it has no variants with kernel='trixie', letter='one', memorySize=256; those"):
            a.use_variant(kernel="trixie", memorySize=256, letter="one")
  '';
}
