# A command that fails in a container, whose unit has failed, too: what is told is what is told of a machine in QEMU.
{
  name = "container-command-fails";
  containers.machine.services.tragedy.serviceConfig = {
    Type = "oneshot";
    ExecStart = "/bin/sh -c 'echo the rest is silence; exit 7'";
  };
  testScript = ''
    with subtest("the play"):
        machine.fail("systemctl start tragedy.service")
        machine.succeed("echo to be; echo not to be >&2; exit 3")
  '';
  status = 1;
  messages = [
    "command `echo to be; echo not to be >&2; exit 3` failed \\(exit status 3\\)"
    "test-script.py.*line 3"
    "evidence in evidence/machine/: .*journal.txt"
  ];
  seen = [
    "CommandFailed: machine: command `echo to be; echo not to be >&2; exit 3` failed \\(exit status 3\\)"
    "Line 3 of the script"
    "stderr:"
    "not to be"
    "the play > machine: must succeed"
  ];
  evidence = builtins.map (file: "machine/${file}") [
    "console.txt"
    "disks.txt"
    "failed-units.txt"
    "journal.txt"
    "machine.txt"
    "network.txt"
    "processes.txt"
  ];
  contents = {
    "failed-units.txt" = [
      "tragedy.service"
      "the rest is silence"
      "status=7"
    ];
    "journal.txt" = [ "the rest is silence" ];
    "machine.txt" = [ "it was at: .*must succeed: echo to be" ];
    "network.txt" = [ "192.168.1.1" ];
  };
}
