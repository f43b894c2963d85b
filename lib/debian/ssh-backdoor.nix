/** What a node has in addition so that root can log in by SSH without a password: attributes of a node. */
{
  packages = [ "openssh-server" ];
  files."/etc/ssh/sshd_config.d/backdoor.conf" = ''
    PermitRootLogin yes
    PermitEmptyPasswords yes
    UsePAM no
  '';
}
