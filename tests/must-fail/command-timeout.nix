# A command that takes too long: it and what it started are killed in the machine, and the message says so.
{
  name = "command-timeout";
  nodes.machine = { };
  testScript = ''
    machine.start(); machine.succeed("true"); status, output = machine.execute("echo before; sleep 987 & sleep 987", timeout=3)
    t.assertEqual((status, output), (124, "before\n"))
    machine.fail("pgrep -f '[s]leep 987'")
    machine.succeed("sleep 600", timeout=3)
  '';
  status = 1;
  messages = [
    "sleep 600"
    "did not end within 3 s and was killed"
    "test-script.py.*line 4"
    "command-timeout failed, in [0-9]{1,2}\\."
  ];
  seen = [
    "CommandFailed: machine: command `sleep 600` failed \\(did not end within 3 s and was killed\\)"
    "Line 4 of the script"
    "must succeed: sleep 600"
  ];
}
