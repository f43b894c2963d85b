# A session from the first name to the end, with a script that fails and is corrected.
{
  name = "interactive-prompt";
  acceleration = "never";
  nodes.machine = { };
  testScript = ''
    machine.start()
    machine.succeed("true")

    with subtest("one"):
        machine.succeed("echo one >>/root/seen")

    with subtest("two"):
        machine.succeed("echo two >>/root/seen")
        machine.succeed("false")

    with subtest("three"):
        machine.succeed("echo three >>/root/seen")
  '';
  interactive = {
    sshBackdoor.enable = true;
    nodes.machine.graphics = true;
  };
}
