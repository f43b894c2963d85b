# A graphical session: login, windows, keyboard, pointer and text on the screen, and the errors if one of them is missing.
{
  name = "debian-desktop";
  enableOCR = true;
  nodes.machine = {
    graphics = {
      user = "bob";
      resolution = "800x600";
    };
    packages = [
      "xdotool"
      "xterm"
    ];
    memorySize = 768;
  };
  testScript = ''
    import re
    import struct
    from pathlib import Path

    out = Path(os.environ["out"])
    configuration = "/etc/lightdm/lightdm.conf.d/50-rehearse.conf"
    machine.start()

    with subtest("the user is logged in, and a window manager runs"):
        machine.wait_for_x()
        t.assertRegex(machine.succeed("loginctl --no-legend list-sessions"), r"\bbob +seat0\b.*\buser\b")
        machine.wait_until_succeeds("xprop -root _NET_SUPPORTING_WM_CHECK | grep 0x", timeout=120)
        t.assertRegex(machine.succeed("uname -r"), r"\+deb13-amd64$")

    with subtest("a window, what is typed into it, and the text on the screen"):
        terminal = "xterm -fa Monospace -fs 20 -title Notes -e 'echo Ready to write; exec sh'"
        machine.succeed(f"systemd-run --uid=bob --setenv=DISPLAY=:0 --setenv=HOME=/home/bob {terminal}")
        machine.wait_for_window("^Notes$", timeout=120)
        # The window has its title before it is on the screen and takes keys.
        machine.wait_for_text("Ready to write", timeout=120)
        machine.send_chars("echo The readiness is $((99 + 1)) percent\n")
        machine.wait_for_text("readiness is 100 percent", timeout=120)
        machine.screenshot("notes")
        t.assertEqual(struct.unpack(">II", (out / "notes.png").read_bytes()[16:24]), (800, 600))

    with subtest("the pointer is where the tablet has it"):
        half = [{"type": "abs", "data": {"axis": axis, "value": 0x4000}} for axis in "xy"]
        machine.qmp_client.send("input-send-event", {"events": half})

        def pointer_is_in_the_middle(_last: bool) -> bool:
            found = re.search(r"x:(\d+) y:(\d+)", machine.succeed("xdotool getmouselocation"))
            return found is not None and abs(int(found[1]) - 400) < 3 and abs(int(found[2]) - 300) < 3

        retry(pointer_is_in_the_middle, timeout_seconds=60)

    with subtest("a window that does not come"):
        with t.assertRaisesRegex(Exception, r"(?s)a window named Letters.*\n  windows:\n.*Notes"):
            machine.wait_for_window("Letters", timeout=2)

    with subtest("a session that is not there"):
        machine.succeed(f"sed -i s/=openbox/=none/ {configuration}", "systemctl restart lightdm")
        # The user is asked for a password instead, as the log of lightdm shows.
        missing = "the X server runs, but the session openbox of bob has not begun"
        expected = f"(?s){missing}.*lightdm.log:.*Greeter start authentication"
        with t.assertRaisesRegex(Exception, expected):
            machine.wait_for_x(timeout=60)

    with subtest("an X server that is not there"):
        machine.succeed("systemctl stop lightdm")
        with t.assertRaisesRegex(Exception, "(?s)the X server does not run.*lightdm.log:"):
            machine.wait_for_x(timeout=2)
  '';
}
