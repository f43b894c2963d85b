{ config, lib, ... }:
let
  inherit (lib) mkOption types;
  inherit (config.sshBackdoor) enable vsockOffset;
in
{
  options.sshBackdoor = {
    enable = mkOption {
      type = types.bool;
      default = false;
      example = true;
      description = ''
        Lets root log in to every machine by SSH without a password, for people who debug a test;
        `dump_machine_ssh()` says how. The way is vsock where the computer has `/dev/vhost-vsock` (with systemd's SSH
        proxy: `ssh vsock/<number of the machine + vsockOffset>`), and a port of the computer where not. A build in
        the sandbox cannot be reached by either, so it is best set as `interactive.sshBackdoor.enable`.
      '';
    };

    vsockOffset = mkOption {
      type = types.ints.between 2 4294967040;
      default = 2;
      example = 23542;
      description = ''
        Number that is added to that of a machine to give its vsock address. Two tests that run at the same time on
        one computer need different ones.
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
