# QEMU refuses its command line: the test could not be run, and the message has QEMU's text.
{
  name = "bad-option";
  nodes.machine.qemu.options = [
    "-device"
    "orchestra"
  ];
  testScript = "machine.succeed('true')";
  status = 2;
  messages = [
    "machine"
    "'orchestra' is not a valid device model name"
  ];
  seen = [
    "could not be run"
    "StartRefused: machine: cannot start: QEMU refused its command line: -device orchestra: 'orchestra' is not a"
    "'orchestra' is not a valid device model name"
  ];
  evidence = [
    "machine/machine.txt"
  ];
}
