# A machine's life: start, crash, reboot, shutdown; what it says on its console; files in and out; its screen.
{
  name = "debian-life";
  nodes.machine.emptyDiskImages = [ 16 ];
  testScript = ''
    import hashlib
    from pathlib import Path

    out = Path(os.environ["out"])

    with subtest("console"):
        machine.start()
        machine.wait_for_console_text(r"Linux version 6\.12")
        machine.succeed("echo 'exit, pursued by a bear' > /dev/console")
        machine.wait_for_console_text("pursued by a (bear|bull)", timeout=20)

    with subtest("files in and out"):
        source = Path.cwd() / "prompt book"
        (source / "acts").mkdir(parents=True)
        (source / "acts" / "one").write_bytes(bytes(range(256)) * 2000)
        (source / "acts" / "link").symlink_to("one")
        machine.copy_from_host(str(source), "/srv/prompt book")
        there = machine.succeed("sha256sum < '/srv/prompt book/acts/one'").split()[0]
        machine.copy_from_machine("/srv/prompt book", "copied")
        copied = out / "copied" / "prompt book" / "acts"
        t.assertEqual((copied / "one").read_bytes(), bytes(range(256)) * 2000)
        # As in nixpkgs' driver, what a link of the host points to is copied.
        t.assertEqual((copied / "link").read_bytes(), (copied / "one").read_bytes())
        t.assertEqual(there, hashlib.sha256((copied / "one").read_bytes()).hexdigest())

    with subtest("files of holes, and kinds that are left out"):
        with (Path.cwd() / "image").open("wb") as file:
            file.truncate(1_200_000_000)
        machine.copy_from_host("image", "/srv/image")
        t.assertEqual(machine.succeed("stat -c '%s %b' /srv/image"), "1200000000 0\n")
        machine.succeed("truncate -s 1G /srv/other; mkfifo /srv/pipe")
        machine.copy_from_machine("/srv/other")
        t.assertLess((out / "other").stat().st_blocks, 1000)
        with t.assertRaisesRegex(Exception, "cannot copy /srv/pipe: it is a fifo"):
            machine.copy_from_machine("/srv/pipe")
        machine.copy_from_machine("/run/systemd/journal", "sockets")
        t.assertIn("not copied: ./stdout: it is a socket", (out / "log.txt").read_text())

    with subtest("screen"):
        machine.screenshot("stage")
        t.assertEqual((out / "stage.png").read_bytes()[:8], b"\x89PNG\r\n\x1a\n")

    with subtest("a crash keeps what was flushed, and the machine starts again"):
        boot = machine.succeed("cat /proc/sys/kernel/random/boot_id")
        machine.succeed("echo flushed > /var/lib/kept && sync && dd if=/dev/urandom of=/dev/vdb bs=1M count=1 conv=fsync")
        disk = machine.succeed("sha256sum /dev/vdb")
        machine.crash()
        t.assertFalse(machine.is_up())
        machine.start()
        t.assertEqual(machine.succeed("cat /var/lib/kept"), "flushed\n")
        t.assertEqual(machine.succeed("sha256sum /dev/vdb"), disk)
        t.assertNotEqual(machine.succeed("cat /proc/sys/kernel/random/boot_id"), boot)

    with subtest("shutdown"):
        machine.succeed("systemd-run --no-block sh -c 'sleep 1; poweroff'")
        machine.wait_for_shutdown()
        t.assertFalse(machine.is_up())
        machine.start()
        machine.wait_for_unit("multi-user.target")
        machine.shutdown()
        t.assertFalse(machine.is_up())
        join_all()
  '';
}
