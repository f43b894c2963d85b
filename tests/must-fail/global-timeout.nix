# The whole test takes too long: it ends by itself, and names the step it was in.
{
  name = "global-timeout";
  nodes.machine = { };
  globalTimeout = 30;
  testScript = ''
    machine.succeed("true")
    with subtest("the step that never ends"):
        machine.wait_until_succeeds("test -e /never")
  '';
  status = 4;
  messages = [
    "30 (s|seconds)"
    "the step that never ends"
    "test -e /never"
  ];
  seen = [
    "timed out global-timeout"
    "GlobalTimeout: the test did not end within 30 s"
    "the step that never ends > machine: waiting for success: test -e /never"
    "Line 3 of the script"
  ];
}
