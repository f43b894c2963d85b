# A port of the host leads to a machine, for a person only: the test that is built has no such way in.
{
  name = "interactive-ssh";

  nodes.machine = { };

  interactive.nodes.machine = {
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

  testScript = ''
    machine.wait_for_unit("multi-user.target")
    machine.fail("systemctl is-active sshd.service")
  '';
}
