# Trouble of a machine that the test does not allow fails it, although the script ends well; what is expected does not.
{
  name = "fail-on";
  nodes.machine.warmStart = true;
  failOn = [
    "failed-unit"
    "kernel-warning"
  ];
  testScript = ''
    with machine.expect_crash("failed-unit", "wanted"):
        machine.fail("systemd-run --quiet --wait --unit=wanted false")
    machine.succeed("echo 'a.c:1:2: runtime error: not in the list' >&2")
    machine.fail("systemd-run --quiet --wait --unit=unwanted false")
    print("the end is reached")
  '';
  status = 1;
  messages = [
    "the end is reached"
    "TroubleSeen: machine: failed-unit: unwanted.service: Failed with result 'exit-code'.*`failOn`"
    "expected  machine: failed-unit: wanted.service: Failed"
    "test fail-on failed, in .*; trouble was seen: 1 failed-unit, 1 sanitizer, 1 failed-unit \\(expected\\)"
  ];
  seen = [
    "TroubleSeen: machine: failed-unit: unwanted.service"
    "Trouble in machines"
    "failed-unit \\(expected\\)"
    "runtime error: not in the list"
  ];
}
