{ config, lib, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  inherit (config.sshBackdoor) enable;
  server = {
    services.openssh = {
      enable = true;
      settings = {
        PermitRootLogin = "yes";
        PermitEmptyPasswords = "yes";
      };
    };
    security.pam.services.sshd.allowNullPassword = true;
  };
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "sshBackdoor"
      "vsockOffset"
    ] "Each run of a driver gives its machines vsock addresses of their own, which `dump_machine_ssh()` prints.")
  ];

  options = declare { "sshBackdoor.enable" = { }; };

  config = {
    nodeDefaults = {
      _file = ./ssh-backdoor.nix;
      config = lib.mkIf enable server;
    };
    containerDefaults =
      { config, ... }:
      {
        _file = ./ssh-backdoor.nix;
        config = lib.mkIf enable (
          lib.recursiveUpdate server {
            # No port of the host leads to a container: its systemd listens in the folder of the driver's way in.
            systemd.sockets.ssh-backdoor = {
              wantedBy = [ "sockets.target" ];
              socketConfig = {
                ListenStream = "/run/test-driver-channel/ssh";
                Accept = true;
              };
            };
            systemd.services."ssh-backdoor@" = {
              # It makes the keys, too.
              after = [ "sshd.service" ];
              serviceConfig = {
                ExecStart = "-${config.services.openssh.package}/bin/sshd -i -f /etc/ssh/sshd_config";
                StandardInput = "socket";
              };
            };
          }
        );
      };
  };
}
