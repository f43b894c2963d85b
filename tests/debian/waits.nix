# What waits conclude from the state of a real guest: units of all kinds, ports, boots that fail, machines that stand still.
let
  oneshot = command: {
    serviceConfig = {
      Type = "oneshot";
      ExecStart = command;
    };
  };
in
{
  name = "debian-waits";
  nodes = {
    machine = {
      memorySize = 320;
      warmStart = true;
      users.hamlet = { };
      services = {
        skipped = oneshot "/bin/true" // {
          wantedBy = [ "multi-user.target" ];
          unitConfig.ConditionPathExists = "/nowhere";
        };
        late = oneshot "/bin/true" // {
          unitConfig.ConditionPathExists = "/nowhere";
        };
        asserted = oneshot "/bin/true" // {
          unitConfig.AssertPathExists = "/nowhere";
        };
        prepared = oneshot "/bin/true" // {
          wantedBy = [ "multi-user.target" ];
        };
        kept = {
          serviceConfig = {
            Type = "oneshot";
            RemainAfterExit = true;
            ExecStart = "/bin/true";
          };
        };
        executed = {
          serviceConfig = {
            Type = "oneshot";
            ExecCondition = "/bin/false";
            ExecStart = "/bin/true";
          };
        };
        base.serviceConfig.ExecStart = "/bin/sh -c 'echo the base gives way; exit 3'";
        middle = {
          unitConfig = {
            Requires = "base.service";
            After = "base.service";
          };
          serviceConfig = {
            Type = "oneshot";
            ExecStart = "/bin/true";
          };
        };
        top = {
          unitConfig = {
            BindsTo = "middle.service";
            After = "middle.service";
          };
          serviceConfig.ExecStart = "/bin/sleep 1000";
        };
        "tpl@".serviceConfig.ExecStart = "/bin/sleep 1000";
      };
      files = {
        # Without libpam-systemd, nothing else tells a user's systemd where its folder is.
        "/etc/systemd/system/user@.service.d/folder.conf" = "[Service]\nEnvironment=XDG_RUNTIME_DIR=/run/user/%i\n";
        "/etc/systemd/system/base.service.d/type.conf" = "[Service]\nType=oneshot\n";
        "/etc/systemd/system/esc-a\\x2db.service" = "[Service]\nExecStart=/bin/sleep 1000\n";
        "/etc/systemd/system/my.app.service" = "[Service]\nExecStart=/bin/sleep 1000\n";
        "/etc/systemd/system/bad.service" = "[Unit]\nDescription=Without a command\n[Service]\nType=simple\n";
        "/etc/systemd/user/broken.service" = "[Service]\nExecStart=/bin/sh -c 'echo no stage to stand on; exit 3'\n";
        "/etc/systemd/user/play@.service" = "[Service]\nExecStart=/bin/sh -c 'echo no play called %i; exit 4'\n";
      };
    };
    stranded = {
      memorySize = 256;
      files."/etc/fstab" = "/dev/disk/by-label/nowhere /srv ext4 defaults,x-systemd.device-timeout=1ms 0 0\n";
    };
  };
  testScript = ''
    import threading
    import time

    from test_driver.errors import (
        AddressNotFound, BootEnded, GuestPaused, UnitFailed, UnitNotInState, UnitRefused, UnitSkipped, WaitTimedOut,
    )

    WAIT = 60  # much more than any of these waits takes, and much less than it would if it went on


    def ends_at_once(error, text, wait):
        "A wait ends by an error long before its timeout."
        began = time.monotonic()
        with t.assertRaisesRegex(error, text):
            wait()
        t.assertLess(time.monotonic() - began, WAIT / 2)


    def stand_still_for_a_moment():
        "A pause that another thread makes ends again, so nobody has to give up."
        with machine.pause():
            time.sleep(1)


    start_all()
    machine.wait_for_unit("multi-user.target")

    with subtest("starts that were skipped"):
        ends_at_once(UnitSkipped, "(?s)condition was not met.*ConditionPathExists=/nowhere",
                     lambda: machine.wait_for_unit("skipped", timeout=WAIT))
        machine.execute("systemctl start asserted executed")
        ends_at_once(UnitSkipped, "(?s)assert was not met.*asserts failed",
                     lambda: machine.wait_for_unit("asserted", timeout=WAIT))
        ends_at_once(UnitSkipped, "(?s)executed.*condition was not met.*exec-condition", lambda: machine.wait_for_unit("executed", timeout=WAIT))
        machine.succeed("touch /nowhere; systemctl start asserted")
        machine.wait_for_unit("asserted", timeout=WAIT)

    with subtest("a start that is skipped during the wait"):
        machine.succeed("rm /nowhere")
        machine.execute("sleep 2; systemctl start late", check_output=False)
        ends_at_once(UnitSkipped, "condition was not met", lambda: machine.wait_for_unit("late", timeout=WAIT))

    with subtest("oneshots that have finished, with and without a journal"):
        machine.succeed("systemctl start kept")
        machine.wait_for_unit("prepared", timeout=WAIT)
        machine.wait_for_unit("kept", state="exited", timeout=WAIT)
        machine.succeed("systemd-run --unit=fleeting --property=Type=oneshot true")
        machine.wait_for_unit("fleeting", timeout=WAIT)
        machine.wait_for_unit("fleeting", state="inactive", timeout=WAIT)
        machine.succeed("journalctl --sync --rotate; journalctl --vacuum-time=1s; rm -rf /run/log/journal/*/*; systemctl restart systemd-journald")
        machine.wait_for_unit("prepared", timeout=WAIT)
        machine.wait_for_unit("kept", timeout=WAIT)
        machine.succeed("systemctl stop kept")
        with t.assertRaisesRegex(WaitTimedOut, r"after 5 s waiting for unit kept \(last state: inactive/dead\)"):
            machine.wait_for_unit("kept", timeout=5)

    with subtest("a dependency that has failed, through two others"):
        machine.execute("systemctl start top")
        for unit in ("top", "middle"):
            ends_at_once(UnitSkipped, "(?s)its dependency base.service has failed.*the base gives way",
                         lambda: machine.wait_for_unit(unit, timeout=WAIT))

    with subtest("names"):
        machine.succeed("systemctl start my.app tpl@10.0.0.1 'esc-a\\x2db.service'")
        machine.succeed("ln -s my.app.service /run/systemd/system/alias.service; systemctl daemon-reload")
        for name in ("my.app", "alias", "tpl@10.0.0.1", r"esc-a\x2db.service", "/", "-.mount"):
            machine.wait_for_unit(name, timeout=WAIT)
        t.assertEqual(machine.stop_job(r"esc-a\x2db.service")[0], 0)
        machine.require_unit_state(r"esc-a\x2db.service", "inactive")
        ends_at_once(UnitRefused, "getty@.service", lambda: machine.wait_for_unit("getty@", timeout=WAIT))
        ends_at_once(UnitSkipped, "not load", lambda: machine.wait_for_unit("bad", timeout=WAIT))
        machine.succeed("systemctl mask --runtime phantom")
        ends_at_once(UnitSkipped, "masked", lambda: machine.wait_for_unit("phantom", timeout=WAIT))
        with t.assertRaisesRegex(UnitNotInState, "not found"):
            machine.require_unit_state("hamlets-ghost", "inactive")
        with t.assertRaisesRegex(WaitTimedOut, "not-found"):
            machine.wait_for_unit("tpl2@a", timeout=5)

    with subtest("units of a user, and their journal"):
        machine.succeed("systemctl start user@$(id -u hamlet)")
        machine.wait_for_unit("default.target", "hamlet", timeout=WAIT)
        for unit, text in (("broken", "no stage to stand on"), ("play@gonzago", "no play called gonzago")):
            machine.start_job(unit, "hamlet")
            ends_at_once(UnitFailed, text, lambda: machine.wait_for_unit(unit, "hamlet", timeout=WAIT))

    with subtest("one whole look, however short the wait"):
        for seconds in (0, 0.02):
            machine.wait_for_unit("my.app", timeout=seconds)
            machine.wait_for_file("/etc/passwd", timeout=seconds)
            machine.wait_until_succeeds("true", timeout=seconds)
            machine.wait_until_fails("false", timeout=seconds)
            machine.wait_for_closed_port(7, timeout=seconds)
            retry(lambda last: machine.succeed("echo x") == "x\n", timeout=seconds)

    with subtest("ports that are given to the one who asks"):
        machine.succeed("echo 33060 33062 >/proc/sys/net/ipv4/ip_local_port_range")
        for addr in ("localhost", "127.0.0.1", "::1", "127.0.0.9"):
            with t.assertRaises(WaitTimedOut):
                machine.wait_for_open_port(33060, addr, timeout=2)
        machine.succeed("echo 32768 60999 >/proc/sys/net/ipv4/ip_local_port_range")
        server = "use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(40000, INADDR_ANY)) or die; listen(S, 5); sleep 1000"
        machine.execute(f"sleep 2; exec perl -e '{server}'", check_output=False)
        machine.wait_for_open_port(40000, timeout=WAIT)
        with t.assertRaisesRegex(AddressNotFound, "'nosuch.invalid' was not found"):
            machine.wait_for_closed_port(40000, "nosuch.invalid", timeout=WAIT)
        with t.assertRaisesRegex(WaitTimedOut, "'nosuch.invalid' was not found"):
            machine.wait_for_open_port(40000, "nosuch.invalid", timeout=5)

    with subtest("a guest that stands still"):
        with machine.pause():
            ends_at_once(GuestPaused, r"paused.*machine.resume\(\)", lambda: machine.wait_for_file("/nowhere", timeout=WAIT))
        machine.send_monitor_command("stop")
        ends_at_once(GuestPaused, "paused.*cont", lambda: machine.wait_until_succeeds("false", timeout=WAIT))
        machine.send_monitor_command("cont")
        threading.Thread(target=stand_still_for_a_moment).start()
        machine.succeed("sleep 2")

    with subtest("a boot that ends in emergency mode"):
        text = r"(?s)boot ended in emergency mode.*dev-disk-by.*srv\.mount"
        ends_at_once(BootEnded, text, lambda: stranded.wait_for_unit("multi-user.target", timeout=WAIT))
        ends_at_once(BootEnded, text, lambda: stranded.wait_for_file("/nowhere", timeout=WAIT))
        ends_at_once(BootEnded, text, lambda: stranded.wait_for_open_port(80, timeout=WAIT))
        stranded.wait_for_unit("emergency.target", timeout=WAIT)
  '';
}
