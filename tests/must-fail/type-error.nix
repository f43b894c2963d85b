# A script with wrong names and types: told while it runs, although it would not come to them.
{
  name = "type-error";
  globalTimeout = 120;
  # Its machine has only begun to boot.
  evidence = [ ];
  nodes.machine = { };
  testScript = ''
    machine.succeed("sleep 600")
    machine.suceed("true")
    machine.wait_for_unit(80)
  '';
  status = 1;
  messages = [
    "test-script.py:2: \"QemuMachine\" has no attribute \"suceed\"; maybe \"succeed\""
    "test-script.py:3: Argument 1 to \"wait_for_unit\" of \"UnitMethods\" has incompatible type \"int\"; expected \"str\""
    "the test script has 2 problems \\(skipLint and skipTypeCheck turn these checks off\\)"
  ];
  seen = [
    "failed type-error"
    "has no attribute \"suceed\""
  ];
}
