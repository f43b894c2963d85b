/**
  What the unit of the guest agent has in every machine, whatever it talks through.

  Type: { pkgs } -> attributes of a unit
*/
{ pkgs }:
{
  # A configuration that a test switches to must not end the command that switches.
  restartIfChanged = false;
  stopIfChanged = false;
  # A test may kill it as often as it likes.
  startLimitIntervalSec = 0;
  # It notes each request in the journal, and so on the console.
  serviceConfig.LogLevelMax = "notice";
  # Commands are looked up in the agent's own path: the system's programs, and bash in any case.
  path = [
    "/run/wrappers"
    "/run/current-system/sw"
    pkgs.bash
    pkgs.util-linux
  ];
}
