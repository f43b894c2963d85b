# QEMU is killed under a command: the host is at fault, and what it can tell is kept.
{
  name = "qemu-killed";
  nodes.machine = { };
  nodes.witness = { };
  testScript = ''
    import signal, threading
    start_all()
    machine.succeed("true")
    witness.succeed("echo I have seen it > /dev/kmsg")
    qemu = machine.qemu
    assert qemu is not None
    threading.Timer(2, os.kill, (qemu.process.pid, signal.SIGKILL)).start()
    machine.succeed("sleep 600")
  '';
  status = 3;
  messages = [
    "machine: QEMU has exited \\(killed by SIGKILL\\)"
    "test-script.py.*line 8"
  ];
  seen = [
    "ended with an error of the host qemu-killed"
    "MachineExited: machine: QEMU has exited \\(killed by SIGKILL\\)"
    "Line 8 of the script"
    "must succeed: sleep 600"
  ];
  evidence = [
    "machine/console.txt"
    "machine/machine.txt"
    "witness/journal.txt"
    "witness/screen.png"
  ];
}
