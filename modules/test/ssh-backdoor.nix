{ config, lib, hostPkgs, ... }:
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
        Lets root log in to every {option}`nodes` machine by SSH without a password, over vsock, for people who debug
        a test: `ssh vsock/<number of the machine + vsockOffset>`. The computer needs `/dev/vhost-vsock`, which the
        Nix sandbox has not, and systemd's SSH proxy; so it is best set as `interactive.sshBackdoor.enable`.
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
    assertions = [
      {
        assertion = enable -> hostPkgs.stdenv.hostPlatform.isLinux;
        message = "`sshBackdoor.enable` needs vsock, which only Linux has.";
      }
    ];
    nodeDefaults =
      { config, ... }:
      {
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
          virtualisation.qemu.options = [
            "-device vhost-vsock-pci,guest-cid=${toString (config.virtualisation.test.nodeNumber + vsockOffset)}"
          ];
        };
      };
  };
}
