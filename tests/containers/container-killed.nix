# The first process of a container is killed under a command, from outside: what it can tell is kept.
{
  name = "container-killed";
  containers.machine = { };
  containers.witness = { };
  testScript = ''
    import signal, threading
    start_all()
    witness.succeed("logger I have seen it")
    first = machine.get_systemd_process
    threading.Timer(1, os.kill, (first, signal.SIGKILL)).start()
    machine.succeed("sleep 600")
  '';
  status = 3;
  messages = [
    "machine: the container has exited"
    "test-script.py.*line 6"
  ];
  seen = [
    "ended with an error of the host container-killed"
    "MachineExited: machine: the container has exited"
    "Line 6 of the script"
    "must succeed: sleep 600"
  ];
  evidence = [
    "machine/console.txt"
    "machine/machine.txt"
    "witness/journal.txt"
  ];
}
