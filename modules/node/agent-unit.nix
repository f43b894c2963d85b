/**
  What the unit of the guest agent has in every machine, whatever it talks through.

  Type: { lib, pkgs, agent, options ? "" } -> attributes of a unit
*/
{
  lib,
  pkgs,
  agent,
  options ? "",
}:
{
  # A configuration that a test switches to must not end the command that switches.
  restartIfChanged = false;
  stopIfChanged = false;
  # A test may kill it as often as it likes.
  startLimitIntervalSec = 0;
  # Whatever target a test isolates, the driver stays in: the unit has none of the dependencies that would stop it then.
  after = [
    "sysinit.target"
    "basic.target"
  ];
  before = [ "shutdown.target" ];
  conflicts = [ "shutdown.target" ];
  unitConfig = {
    DefaultDependencies = false;
    IgnoreOnIsolate = true;
    RefuseManualStop = true;
  };
  serviceConfig = {
    # It writes a state file at each file it opens, and refuses all of them when that fails. /dev does not fill up when /run
    # does, nor would a folder below /run be made then.
    ExecStart = lib.mkForce "${agent}/bin/qemu-ga ${options} --statedir=/dev";
    RuntimeDirectory = lib.mkForce [ ];
    # It notes each request in the journal, and so on the console.
    LogLevelMax = "notice";
    # When memory is short, commands are killed and neither the agent nor the shell that starts them, nor all else when one is.
    OOMPolicy = "continue";
    OOMScoreAdjust = -1000;
    # The driver reads the console: when the agent ends, the line says how.
    ExecStopPost = "-${pkgs.runtimeShell} -c 'echo \"rehearse: the guest agent has ended: $SERVICE_RESULT, $EXIT_CODE $EXIT_STATUS\" >/dev/console'";
  };
  # Commands are looked up in the agent's own path: the system's programs, and bash in any case.
  path = [
    "/run/wrappers"
    "/run/current-system/sw"
    pkgs.bash
    pkgs.util-linux
  ];
}
