# The methods that scripts of nixpkgs use, on real machines: keyboard, terminals, serial console, monitor, network cables,
# ports, sockets, conditions, and a machine that the script makes.
{
  name = "debian-methods";
  nodes = {
    machine.services =
      let
        desk = terminal: {
          description = "A shell on ${terminal}";
          environment.PS1 = "${terminal}> ";
          serviceConfig = {
            ExecStart = "/bin/bash --norc --noprofile -i";
            StandardInput = "tty";
            StandardOutput = "tty";
            TTYPath = "/dev/${terminal}";
            TTYVHangup = true;
          };
        };
      in
      {
        steward = {
          description = "Serve two unix sockets, a moment late";
          serviceConfig.ExecStart = "/usr/bin/perl /etc/steward.pl";
        };
        slow-worker = {
          description = "Take a while for each change of state, and end with a failure";
          serviceConfig = {
            Type = "notify-reload";
            NotifyAccess = "all";
            ExecStart = "/bin/bash /etc/slow-worker.sh";
          };
        };
        screen-desk = desk "tty1";
        serial-desk = desk "ttyS0";
      };
    machine.files."/etc/steward.pl" = ''
      use Socket;
      sleep 2;
      socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, pack_sockaddr_un("/run/steward")); listen(S, 5);
      socket(D, PF_UNIX, SOCK_DGRAM, 0); bind(D, pack_sockaddr_un("/run/steward.datagrams"));
      sleep 1000;
    '';
    machine.files."/etc/slow-worker.sh" = ''
      trap 'systemd-notify --reloading; sleep 1.5; systemd-notify --ready' HUP
      trap 'systemd-notify --stopping; sleep 1.5; exit 1' TERM
      sleep 1.5
      systemd-notify --ready
      while true; do sleep 0.1; done
    '';
    other = { };
  };
  testScript =
    { nodes }:
    ''
      import socket
      from datetime import timedelta
      from test_driver.errors import CommandFailed, WaitTimedOut

      start_all()
      machine.wait_for_unit("multi-user.target")

      with subtest("units"):
          machine.require_unit_state("steward", "inactive")
          t.assertEqual(machine.get_unit_property("steward", "Restart"), "no")
          status, _ = machine.start_job("steward")
          t.assertEqual(status, 0)
          machine.require_unit_state("steward")

      with subtest("each state of a unit can be waited for"):
          def passes(*states: str) -> None:
              for state in states:
                  machine.wait_for_unit_active_state("slow-worker", state, timeout=60)

          passes("inactive")
          machine.succeed("systemctl start --no-block slow-worker")
          passes("activating", "active")
          machine.succeed("systemctl reload --no-block slow-worker")
          passes("reloading", "active")
          machine.succeed("systemctl stop --no-block slow-worker")
          passes("deactivating", "failed")

      with subtest("unix sockets"):
          machine.wait_for_open_unix_socket("/run/steward", timeout=60)
          machine.wait_for_open_unix_socket("/run/steward.datagrams", is_datagram=True, timeout=timedelta(minutes=1))
          machine.stop_job("steward")
          machine.require_unit_state("steward", "inactive")
          with t.assertRaises(WaitTimedOut):
              machine.wait_for_open_unix_socket("/run/steward", timeout=1)

      with subtest("keys arrive in order at a terminal"):
          machine.start_job("screen-desk")
          machine.wait_until_tty_matches("1", "^tty1> ", timeout=60)
          machine.send_key("ctrl-l")
          typed = "".join(map(chr, range(0x20, 0x7F)))
          machine.send_chars(f"cat > /tmp/typed\n{typed}\n" + "the quick brown fox\n" * 5)
          machine.send_key("ctrl-d")
          machine.send_chars("touch /tmp/typed-all\n")
          machine.wait_for_file("/tmp/typed-all", timeout=60)
          t.assertEqual(machine.succeed("cat /tmp/typed"), f"{typed}\n" + "the quick brown fox\n" * 5)
          machine.dump_tty_contents("1")
          t.assertIn("touch /tmp/typed-all", machine.get_tty_text("1"))
          with t.assertRaises(ValueError):
              machine.send_chars("ß")

      with subtest("the serial console is typed on"):
          machine.start_job("serial-desk")
          machine.wait_for_console_text("^ttyS0> ", timeout=60)
          machine.send_console("echo $((6 * 7)) answers\n")
          machine.wait_for_console_text("^42 answers", timeout=60)

      with subtest("the monitor, its refusals and its events"):
          t.assertIn("running", machine.send_monitor_command("info status"))
          with t.assertRaisesRegex(Exception, "unknown command: 'nonsense'"):
              machine.send_monitor_command("nonsense")
          machine.send_monitor_command("stop")
          machine.send_monitor_command("cont")
          machine.wait_for_qmp_event(lambda event: event["event"] == "STOP", timeout=30)
          machine.wait_for_qmp_event(lambda event: event["event"] == "RESUME", timeout=30)

      with subtest("block cuts the network, unblock mends it"):
          ping = "ping -c 1 -W 2 other"
          machine.wait_until_succeeds(ping, timeout=60)
          machine.succeed("ip link set eth0 up")
          machine.block()
          machine.wait_until_succeeds("grep -q 0 /sys/class/net/eth1/carrier", timeout=30)
          machine.fail(ping)
          other.fail("ping -c 1 -W 2 machine")
          t.assertEqual(machine.succeed("cat /sys/class/net/eth0/carrier"), "1\n")
          machine.unblock()
          machine.wait_until_succeeds(ping, timeout=60)

      with subtest("a port of the machine is one of the host"):
          machine.succeed("ip addr add 10.0.2.15/24 dev eth0")
          server = "use Socket; socket(S, PF_INET, SOCK_STREAM, 0); bind(S, sockaddr_in(7, INADDR_ANY)); listen(S, 5);"
          server += " while (accept(C, S)) { send(C, qq(good evening\\n), 0); close(C); }"
          machine.execute(f"perl -e '{server}'", check_output=False)
          machine.wait_for_open_port(7, timeout=60)
          machine.forward_port(18007, 7)
          with socket.create_connection(("127.0.0.1", 18007), timeout=30) as connection:
              t.assertEqual(connection.recv(100), b"good evening\n")
          with t.assertRaisesRegex(Exception, "Could not set up host forwarding rule"):
              machine.forward_port(18007, 7)

      with subtest("time passes in the machine"):
          before = float(machine.succeed("cut -d ' ' -f 1 /proc/uptime"))
          machine.sleep(1)
          machine.sleep(duration=timedelta(seconds=0.5))
          t.assertGreaterEqual(float(machine.succeed("cut -d ' ' -f 1 /proc/uptime")), before + 1.5)

      with subtest("a condition that ceases to hold ends a wait"):
          @polling_condition(interval=0.5)
          def nobody_has_left():
              "nobody has left"
              other.fail("test -e /tmp/left")

          nobody_has_left.wait(timeout=30)
          with nobody_has_left:
              machine.succeed("true")
          other.execute("sleep 2; touch /tmp/left", check_output=False)
          with t.assertRaisesRegex(Exception, "does not hold: nobody has left"):
              with nobody_has_left:
                  machine.wait_until_succeeds("false", timeout=120)

      with subtest("what scripts for nixpkgs' driver read, set and import"):
          from test_driver.logger import AbstractLogger
          from test_driver.machine import QemuMachine as Imported
          from test_driver.machine import retry as imported_retry

          def work(one: QemuMachine, last: float = 0.0) -> bool:
              return one.succeed("echo works") == "works\n"

          machine.booted = False
          machine.connected = False
          machine.connect()
          assert machine.connected and machine.booted and work(machine)
          t.assertIsInstance(machine, Imported)
          t.assertIsInstance(log, AbstractLogger)
          imported_retry(lambda last: work(machine, last), timeout=60)
          t.assertEqual([machine, other], driver.machines_qemu)
          t.assertEqual(driver.machines_nspawn, [])
          driver.machines.append(machine)
          driver.machines.pop()
          t.assertEqual(driver.out_dir, machine.out_dir)
          t.assertTrue(machine.shared_dir.is_dir() and vlan1.socket_dir.is_dir())
          t.assertEqual(vlan1.nr, 1)
          machine.execute("(sleep 1; echo LATER) >&2 &")
          machine.wait_for_console_text("LATER", timeout=60)
          machine.wait_until_succeeds("true", attempt_timeout=5)
          t.assertTrue(machine.qmp_client.send("query-status")["running"])
          assert machine.monitor is not None and machine.shell is not None and machine.process is not None
          machine.monitor.send(b"info status\n")
          t.assertIn("running\r\n(qemu) ", machine.wait_for_monitor_prompt())
          machine.shell.send(b"echo $((6 * 7)) >&1\n")
          t.assertEqual(machine.shell.recv(100), b"42\n")
          t.assertEqual((machine.process.pid, machine.process.poll()), (machine.pid, None))
          log.log_serial("a line of another program", "machine")
          with t.assertRaisesRegex(TypeError, "connected: expected True or False, got 3"):
              setattr(machine, "connected", 3)

      with subtest("a machine that the script makes"):
          other.shutdown()
          twin = create_machine("${nodes.other.vm}/bin/run-other-vm", name="twin")
          t.assertEqual(twin.succeed("hostname"), "other\n")
          twin.wait_until_succeeds("ping -c 1 -W 2 machine", timeout=60)

      with subtest("windows need an X server"):
          with t.assertRaises(CommandFailed):
              machine.get_window_names()
          with t.assertRaises(WaitTimedOut):
              machine.wait_for_x(timeout=1)
    '';
}
