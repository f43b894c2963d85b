# Machines are emulated on loaded computers: systemd waits longer there than it does for people.
{ lib, options, ... }:
let
  limits = {
    DefaultTimeoutStartSec = 300;
    DefaultDeviceTimeoutSec = 300;
  };
  # Its settings are a text in older releases.
  settings =
    option: values:
    if option ? settings then
      { settings.Manager = values; }
    else
      { extraConfig = lib.concatStrings (lib.mapAttrsToList (name: value: "${name}=${toString value}\n") values); };
in
{
  systemd = lib.mkMerge [
    (settings options.systemd (limits // { ShowStatus = "no"; }))
    { user = settings options.systemd.user limits; }
  ];
  boot.initrd.systemd = settings options.boot.initrd.systemd (limits // { ShowStatus = "no"; });

  boot.kernel.sysctl."kernel.hung_task_timeout_secs" = 600;
}
