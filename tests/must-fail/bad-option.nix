# QEMU refuses its command line: not the test's verdict but the host's, with what QEMU said.
{
  name = "bad-option";
  nodes.machine.qemu.options = [
    "-device"
    "orchestra"
  ];
  testScript = "machine.succeed('true')";
  status = 3;
  messages = [
    "machine"
    "'orchestra' is not a valid device model name"
  ];
  seen = [
    "could not be run|fault of the host"
    "StartFailed: machine: cannot start: QEMU exited"
    "'orchestra' is not a valid device model name"
  ];
  evidence = [
    "machine/machine.txt"
  ];
}
