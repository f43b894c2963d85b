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
}
