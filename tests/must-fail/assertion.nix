# The script's own assertions and a command that fails: the script's line, both values, status and output.
{
  name = "assertion";
  nodes.machine = { };
  testScript = ''
    with subtest("a command that fails on purpose"):
        try:
            machine.succeed("echo to be; echo not to be >&2; exit 3")
        except Exception as error:
            print(f"said: {error}")
        else:
            raise SystemExit("succeed() accepted exit status 3")
    lines = machine.succeed("printf '%s' 41")
    try:
        assert {"answer": int(lines)} == {"answer": 42}
    except AssertionError as error:
        print(f"told: {error}")
    with subtest("an assertion that does not hold"):
        t.assertEqual(lines, "42")
    print("never reached")
  '';
  status = 1;
  messages = [
    "said: .*exit status 3"
    "to be"
    "not to be"
    "told: assert \\{'answer': 41\\} == \\{'answer': 42\\}"
    "\\{'answer': 41\\} != \\{'answer': 42\\}"
    "test-script.py.*line 14"
    "t.assertEqual\\(lines, \"42\"\\)"
    "'41' != '42'"
    "assertion failed"
  ];
  seen = [
    "failed assertion"
    "AssertionFailed: '41' != '42'"
    "Line 14 of the script"
    "t.assertEqual\\(lines, \"42\"\\)"
    "lines'41'"
    "an assertion that does not hold"
  ];
}
