# A power cut: what the guest has flushed to its disks is there, and what it has not is gone.
{
  name = "debian-power-cut";
  acceleration = "never";
  nodes = {
    machine = {
      powerCuts = true;
      emptyDiskImages = [ 64 ];
    };
    warm = {
      powerCuts = true;
      warmStart = true;
      emptyDiskImages = [ 64 ];
    };
    # Not started here: benchmarks/power-cuts.py compares it with the first one.
    plain.emptyDiskImages = [ 64 ];
  };
  testScript = ''
    import time

    ZEROS = "0000"


    def write(node: Machine, block: int, letter: str, flush: bool) -> None:
        # Past the guest's own cache: it has reached the device when the command ends.
        how = "conv=fsync" if flush else ""
        node.succeed(
            f"head -c 4096 /dev/zero | tr '\\0' {letter} "
            f"| dd of=/dev/vdb bs=4096 seek={block} oflag=direct iflag=fullblock {how} status=none"
        )


    def read(node: Machine, block: int) -> str:
        return node.succeed(f"dd if=/dev/vdb bs=4096 skip={block} count=1 iflag=direct status=none | head -c 4 | tr '\\0' 0")


    start_all()
    t.assertNotIn("Linux version", warm.get_console_log())
    for node in (machine, warm):
        with subtest(f"{node.name}: what was flushed is kept, and what was not is gone"):
            write(node, 0, "A", flush=True)
            write(node, 1, "B", flush=False)
            write(node, 0, "C", flush=False)
            t.assertEqual((read(node, 0), read(node, 1)), ("CCCC", "BBBB"))
            node.power_cut()
            t.assertFalse(node.is_up())
            t.assertEqual((read(node, 0), read(node, 1)), ("AAAA", ZEROS))
            write(node, 1, "B", flush=False)
            write(node, 2, "D", flush=True)
            node.power_cut()
            t.assertEqual((read(node, 0), read(node, 1), read(node, 2)), ("AAAA", "BBBB", "DDDD"))

    with subtest("what was discarded is discarded"):
        write(machine, 256, "D", flush=True)
        machine.succeed("blkdiscard --offset 1M --length 64K /dev/vdb")
        write(machine, 3, "E", flush=True)
        machine.power_cut()
        t.assertEqual((read(machine, 256), read(machine, 3)), (ZEROS, "EEEE"))

    with subtest("a crash keeps what has reached the disk"):
        write(machine, 4, "F", flush=False)
        machine.crash()
        t.assertEqual(read(machine, 4), "FFFF")

    with subtest("what was there when a checkpoint was restored counts as flushed"):
        write(warm, 5, "G", flush=False)
        warm.checkpoint("written")
        write(warm, 5, "H", flush=True)
        warm.restore("written")
        write(warm, 6, "I", flush=False)
        warm.power_cut()
        t.assertEqual((read(warm, 5), read(warm, 6)), ("GGGG", ZEROS))

    with subtest("every number that was acknowledged is in the file"):
        for start in (0, 1000, 2000):
            acknowledged = start
            with machine.spawn(
                f"for number in $(seq {start + 1} {start + 1000}); do "
                "echo $number >>/var/lib/numbers; sync /var/lib/numbers; echo $number; done"
            ) as writer:
                for line in writer.lines():
                    acknowledged = int(line)
                    if acknowledged >= start + 40:
                        break
                began = time.monotonic()
                machine.power_cut()
                log.info(f"cut in {time.monotonic() - began:.2f} s")
            found = [int(line) for line in machine.succeed("cat /var/lib/numbers").split()]
            log.info(f"acknowledged {acknowledged}, found {found[-1]}")
            t.assertEqual([number for number in range(start + 1, acknowledged + 1) if number not in found], [])
            machine.fail("dmesg | grep -i 'EXT4-fs error'")

    with subtest("a file that nobody flushed is gone, a flushed one is not"):
        machine.succeed("echo kept >/var/lib/kept; sync; echo lost >/var/lib/lost")
        machine.power_cut()
        machine.succeed("test ! -s /var/lib/lost; grep -x kept /var/lib/kept")

    with subtest("without powerCuts"), t.assertRaisesRegex(Exception, "plain: its power cannot be cut.*set `powerCuts = true`"):
        plain.power_cut()
  '';
}
