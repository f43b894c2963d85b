# A node with a screen: a login on it, text read from pictures of it, and a keyboard in three layouts.
{
  name = "debian-screen";
  enableOCR = true;
  nodes.machine = {
    graphics = true;
    packages = [ "console-data" "kbd" ];
  };
  testScript = ''
    import struct
    import time
    from pathlib import Path

    from test_driver.screen.keyboard import LAYOUTS

    out = Path(os.environ["out"])
    machine.start()

    with subtest("the kernel's messages are on the screen, and the login"):
        machine.wait_for_text("login:", timeout=300)
        machine.wait_until_tty_matches("1", "machine login: ", timeout=60)
        machine.wait_for_unit("multi-user.target")

    with subtest("somebody logs in and types"):
        machine.send_chars("root\n")
        machine.wait_until_tty_matches("1", "root@machine:~# ", timeout=60)
        machine.send_chars("clear; echo The readiness is $((1 + 0))00 percent\n")
        machine.wait_for_text("The readiness is 100 percent", timeout=120)

    with subtest("pictures"):
        machine.screenshot("stage")
        png = (out / "stage.png").read_bytes()
        t.assertEqual(png[:8], b"\x89PNG\r\n\x1a\n")
        t.assertEqual(struct.unpack(">II", png[16:24]), (720, 400))
        start = time.monotonic()
        text = machine.get_screen_text()
        log.info(f"one reading took {time.monotonic() - start:.2f} s")
        t.assertIn("readiness", text)
        start = time.monotonic()
        variants = machine.get_screen_text_variants()
        log.info(f"all readings took {time.monotonic() - start:.2f} s")
        t.assertTrue(all("readiness" in variant for variant in variants), variants)
        # Read row by row, text that lies apart stays in one line.
        t.assertRegex(variants[-1], "(?m)^The readiness is 100 percent$")
        kept = sorted((out / "evidence/machine/text").iterdir())
        t.assertEqual([path.name for path in kept], ["00001.png", "00002.png"])
        found = "(?s)out, out, brief candle on the screen.*readiness.*picture of the screen: evidence/machine/text/0000"
        with t.assertRaisesRegex(Exception, found):
            # Less than a second: a host that is busy may take longer for the one reading that there is.
            machine.wait_for_text("out, out, brief candle", timeout=0.9)

    for layout, keymap in {"us": "us", "de": "de-latin1", "fr": "fr-pc"}.items():
        with subtest(f"the keyboard as {keymap} has it"):
            machine.succeed(f"loadkeys {keymap}")
            rows = LAYOUTS[layout]
            characters = [*rows.plain, *rows.shifted, *(pair[1] for pair in rows.altgr.split())]
            # The console's key maps are older than the euro.
            typed = "".join(sorted(set("".join(characters)) - {"€"}))
            machine.send_chars(f"cat > /tmp/{layout}\n{typed}\n", layout=layout)
            machine.send_key("ctrl-d", layout=layout)
            machine.send_chars(f"touch /tmp/{layout}-typed\n", layout=layout)
            machine.wait_for_file(f"/tmp/{layout}-typed", timeout=60)
            t.assertEqual(machine.succeed(f"cat /tmp/{layout}"), f"{typed}\n")
  '';
}
