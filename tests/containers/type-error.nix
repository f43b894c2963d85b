# A script that calls on a container what it has not: told before it comes to that.
{
  name = "container-type-error";
  containers.machine = { };
  evidence = [ ];
  testScript = ''
    machine.succeed("sleep 600")
    machine.send_monitor_command("info status")
    machine.checkpoint("before")
  '';
  status = 1;
  messages = [
    "test-script.py:2: \"NspawnMachine\" has no attribute \"send_monitor_command\""
    "test-script.py:3: \"NspawnMachine\" has no attribute \"checkpoint\""
  ];
  seen = [
    "failed container-type-error"
    "has no attribute \"send_monitor_command\""
  ];
}
