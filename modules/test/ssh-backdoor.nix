{ config, lib, ... }:
let
  declare = (import ../../lib/options/declare.nix { inherit lib; }).test;
  inherit (config.sshBackdoor) enable;
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
