# A mistake in the script that only shows when it runs: its line, with the values in it.
{
  name = "script-error";
  nodes.machine = { };
  testScript = ''
    machine.succeed("true")
    actors = ["Hamlet", "Ophelia"]
    number = int(machine.succeed("echo 7"))
    print(actors[number])
  '';
  status = 1;
  messages = [
    "IndexError: list index out of range"
    "test-script.py.*line 4"
    "number = 7"
  ];
  seen = [
    "failed script-error"
    "IndexError: list index out of range"
    "Line 4 of the script"
    "number7"
    "actors\\['Hamlet', 'Ophelia'\\]"
  ];
}
