{
  name = "hello";
  # The test builds from its report, so that no engine runs it twice.
  keepFailures = true;
  nodes.machine = { };
  testScript = ''
    t.assertIn("Debian", machine.succeed("cat /etc/os-release"))
  '';
}
