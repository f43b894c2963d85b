# A desktop from a snapshot, in which a program runs: its window, what is typed into it, text on the screen, a picture.
{
  name = "debian-desktop-warm";
  enableOCR = true;
  nodes.machine = {
    graphics = {
      user = "bob";
      resolution = "640x480";
    };
    packages = [ "xterm" ];
    memorySize = 512;
    # What openbox starts with the session.
    files."/etc/xdg/openbox/autostart" = "xterm -fa Monospace -fs 20 -title Notes -e 'echo Ready to write; exec sh' &\n";
    warmStart.condition = "xwininfo -root -tree | grep -q Notes";
  };
  testScript = ''
    from pathlib import Path

    with subtest("the session of the user and its window are there"):
        machine.wait_for_x()
        t.assertRegex(machine.succeed("loginctl --no-legend list-sessions"), r"\bbob +seat0\b.*\buser\b")
        machine.wait_for_window("^Notes$", timeout=60)
        machine.wait_for_text("Ready to write", timeout=60)

    with subtest("what is typed is on the screen"):
        machine.send_chars("echo The readiness is $((99 + 1)) percent\n")
        machine.wait_for_text("readiness is 100 percent", timeout=60)
        machine.screenshot("notes")
        t.assertEqual((Path(os.environ["out"]) / "notes.png").read_bytes()[1:4], b"PNG")

    with subtest("a title that is not ASCII"):
        title = "-f _NET_WM_NAME 8u -set _NET_WM_NAME 'Straße — 2'"
        machine.succeed(f"LC_ALL=C.UTF-8 xprop -name Notes {title}")
        machine.wait_for_window("^Straße — 2$", timeout=60)
        t.assertNotIn("Notes", machine.get_window_names())
  '';
}
