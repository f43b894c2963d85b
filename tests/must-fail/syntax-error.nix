# A script that does not compile: caught before any machine starts, with its line.
{
  name = "syntax-error";
  nodes.machine = { };
  testScript = ''
    start_all()
    machine.succeed("true"
    machine.shutdown()
  '';
  status = 1;
  messages = [
    "test-script.py.*line 2"
    "machine.succeed\\(\"true\""
    "no machine was started"
  ];
  seen = [
    "failed syntax-error"
    "ScriptSyntaxError: .*test-script.py, line 2"
    "machine.succeed\\(\"true\""
  ];
  evidence = [ ];
}
