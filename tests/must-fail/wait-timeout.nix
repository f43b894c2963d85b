# A wait in vain: what was waited for and what was seen last.
{
  name = "wait-timeout";
  nodes.machine = { };
  testScript = ''
    port = 4321
    with subtest("somebody answers"):
        machine.wait_for_open_port(port, timeout=3)
  '';
  status = 1;
  messages = [
    "waited 3 s for .*4321"
    "test-script.py.*line 3"
  ];
  seen = [
    "WaitTimedOut: machine: waited 3 s for .*4321.*, in vain"
    "Line 3 of the script"
    "port4321"
    "somebody answers > machine: waiting for"
  ];
}
