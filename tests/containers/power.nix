# Containers that are paused, rebooted, crashed, and put back to files from before.
{
  name = "container-power";
  containers.box = { };
  testScript = ''
    from test_driver.errors import GuestPaused

    box.succeed("true")
    with subtest("a pause stops the guest alone"):
        box.succeed("(while :; do date +%N >/run/tick; sleep 0.02; done) >/dev/null 2>&1 &")
        box.wait_for_file("/run/tick")
        tick = "cat /run/tick; sleep 0.3; cat /run/tick"
        first, second = box.succeed(tick).split()
        t.assertNotEqual(first, second)
        with box.pause():
            with t.assertRaises(GuestPaused):
                box.succeed("true")
        box.succeed("true")
    with subtest("it goes on after each kind of reboot"):
        box.succeed("echo kept >/root/kept")
        run = box.backend
        box.reboot()
        box.succeed("grep kept /root/kept && test ! -e /run/tick")
        box.reboot(soft=True)
        box.succeed("grep kept /root/kept")
        t.assertIs(box.backend, run)
        box.shutdown()
        t.assertFalse(box.is_up())
        box.start(allow_reboot=True)
        box.succeed("touch /run/before")
        box.execute("systemctl reboot", check_output=False)
        box.wait_until_succeeds("test ! -e /run/before && grep kept /root/kept")
        box.crash()
        box.start()
        box.succeed("grep kept /root/kept")
        box.execute("systemctl reboot", check_output=False)
        box.wait_for_shutdown(timeout=60)
        t.assertFalse(box.is_up())
        box.start()
    with subtest("its files are put back"):
        # Without sizes of folders, which depend on what they hide.
        listing = r"find /etc /root -type d -printf '%p %U:%G %m\n' -o -printf '%p %y %U:%G %m %s %l\n' | sort"
        box.succeed("rm -r /etc/skel && mkdir /etc/skel && touch /etc/skel/new && ln -s skel /etc/link && rm -r /etc/pam.d")
        before = box.succeed(listing)
        box.checkpoint_files("one")
        box.succeed("rm /root/kept && touch /etc/skel/newer && mkdir /etc/pam.d")
        box.checkpoint_files("two")
        after = box.succeed(listing)
        for name, wanted in [("one", before), ("two", after), ("one", before)]:
            box.restore_files(name)
            changed = set(box.succeed(listing).splitlines()) ^ set(wanted.splitlines())
            t.assertEqual(sorted(changed), [])
        t.assertEqual(box.succeed("ls -A /etc/skel"), "new\n")
    with subtest("no restart leaves anything behind"):
        for _ in range(5):
            box.succeed("true")
            box.crash()
  '';
}
