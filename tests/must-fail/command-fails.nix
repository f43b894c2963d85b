# A command that fails, whose unit has failed, too: both streams, and the journal and status of the unit as evidence.
{
  name = "command-fails";
  nodes.machine = {
    recordScreen = "on-failure";
    services.tragedy = {
      serviceConfig = {
        Type = "oneshot";
        ExecStart = "/bin/sh -c 'echo the rest is silence; exit 7'";
      };
    };
  };
  testScript = ''
    machine.execute("ulimit -c unlimited; bash -c 'kill -SEGV $$'")
    with subtest("the play"):
        machine.fail("systemctl start tragedy.service")
        machine.succeed("echo to be; echo not to be >&2; exit 3")
  '';
  status = 1;
  messages = [
    "command `echo to be; echo not to be >&2; exit 3` failed \\(exit status 3\\)"
    "test-script.py.*line 4"
    "evidence in evidence/machine/: .*journal.txt"
  ];
  seen = [
    "CommandFailed: machine: command `echo to be; echo not to be >&2; exit 3` failed \\(exit status 3\\)"
    "Line 4 of the script"
    "stderr:"
    "not to be"
    "the play > machine: must succeed"
  ];
  contents = {
    "crashes.txt" = [ "/tmp/core" ];
    "failed-units.txt" = [
      "tragedy.service"
      "the rest is silence"
      "status=7"
    ];
    "journal.txt" = [ "the rest is silence" ];
    "machine.txt" = [ "it was at: .*must succeed: echo to be" ];
    "disks.txt" = [ "/dev/vda|overlay" ];
  };
}
