/**
  Ten tests for builders: with machines that boot, with machines that start warm, and one that fails.

  Type: { debian } -> { <test> = derivation; }
*/
{ debian }:
let
  test =
    name: nodes: testScript:
    debian.runTest {
      inherit name nodes testScript;
      keepFailures = true;
    };
  cold.machine = { };
  warm.machine.warmStart = true;
  script = text: ''
    t.assertEqual(machine.succeed("echo ${text}"), "${text}\n")
    machine.succeed("sleep 3")
  '';
  named =
    prefix: nodes: numbers:
    builtins.listToAttrs (
      map (
        number:
        let
          name = "${prefix}-${toString number}";
        in
        {
          inherit name;
          value = test name nodes (script name);
        }
      ) numbers
    );
in
named "cold" cold [
  1
  2
  3
]
// named "warm" warm [
  1
  2
  3
  4
  5
]
// {
  warm-pair =
    test "warm-pair"
      {
        one.warmStart = true;
        two.warmStart = true;
      }
      ''
        start_all()
        one.wait_until_succeeds("ping -c 1 -W 1 two")
      '';
  fails = test "fails" warm ''
    machine.succeed("sleep 3; echo it is closed >&2; exit 7")
  '';
}
