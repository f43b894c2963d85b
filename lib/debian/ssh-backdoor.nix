/**
  What nodes and containers have in addition so that root can log in by SSH without a password: attributes of each.

  Type: { node, container }
*/
rec {
  node = {
    packages = [ "openssh-server" ];
    files."/etc/ssh/sshd_config.d/backdoor.conf" = ''
      PermitRootLogin yes
      PermitEmptyPasswords yes
      UsePAM no
    '';
  };

  # No port of the host leads to a container: its systemd listens on a socket in the folder of the driver's way in.
  container = node // {
    services = {
      "ssh-backdoor.socket".text = ''
        [Unit]
        DefaultDependencies=no

        [Socket]
        ListenStream=/run/test-driver-channel/ssh
        Accept=yes
      '';
      "ssh-backdoor.socket".wantedBy = [ "sockets.target" ];
      "ssh-backdoor@".serviceConfig = {
        ExecStartPre = "/usr/bin/ssh-keygen -A";
        ExecStart = "-/usr/sbin/sshd -i";
        RuntimeDirectory = "sshd";
        RuntimeDirectoryPreserve = "yes";
        StandardInput = "socket";
      };
    };
  };
}
