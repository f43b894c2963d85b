# SSH through a port of the host, at the prompt only: the machines of the test that is built have no such way in.
{ lib, ... }:
{
  imports = [ ./ping.nix ];
  name = lib.mkForce "interactive-ssh";

  # After `nix run .#nixos.interactive-ssh.driverInteractive`: ssh -p 2222 root@localhost, with an empty password.
  interactive.nodes.machine1 =
    { ... }:
    {
      users.extraUsers.root.initialPassword = "";

      services.openssh = {
        enable = true;
        settings = {
          PermitRootLogin = "yes";
          PermitEmptyPasswords = "yes";
        };
      };
      security.pam.services.sshd.allowNullPassword = true;

      virtualisation.forwardPorts = [
        {
          from = "host";
          host.port = 2222;
          guest.port = 22;
        }
      ];
    };
}
