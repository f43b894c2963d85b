# A wait that times out: what was waited for and what was seen last.
{
  name = "wait-timeout";
  nodes.machine = { };
  testScript = ''
    machine.wait_for_unit("multi-user.target")
    port = 4321
    with subtest("somebody answers"):
        machine.wait_for_open_port(port, timeout=3)
  '';
  status = 1;
  messages = [
    "timed out after 3 s waiting for TCP port 4321"
    "test-script.py.*line 4"
  ];
  seen = [
    "WaitTimedOut: machine: timed out after 3 s waiting for TCP port 4321 on localhost to be open"
    "Line 4 of the script"
    "port4321"
    "somebody answers > machine: waiting for"
  ];
}
