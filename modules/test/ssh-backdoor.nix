{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (config.sshBackdoor) enable;
in
{
  imports = [
    (lib.mkRemovedOptionModule [
      "sshBackdoor"
      "vsockOffset"
    ] "Each run of a driver gives its machines vsock addresses of their own, which `dump_machine_ssh()` prints.")
  ];

  options.sshBackdoor = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Lets root log in to every machine by SSH without a password, for people who debug a test;
        `dump_machine_ssh()` says how. The way is vsock where the computer has `/dev/vhost-vsock` (with systemd's SSH
        proxy), and a port of the computer where not. A build in the sandbox cannot be reached by either, so it is
        best set as `interactive.sshBackdoor.enable`.
      '';
    };
  };

  config = {
    nodeDefaults = {
      _file = ./ssh-backdoor.nix;
      config = lib.mkIf enable {
        services.openssh = {
          enable = true;
          settings = {
            PermitRootLogin = "yes";
            PermitEmptyPasswords = "yes";
          };
        };
        security.pam.services.sshd.allowNullPassword = true;
      };
    };
  };
}
