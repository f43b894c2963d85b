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
}
