/**
  The script that makes a saved machine one of a test's: $1 is the time, $2 a new machine id.

  As few processes as can be: under emulation each costs tens of milliseconds. The files with the names are empty in a
  saved machine (forget-identity.sh), and what is only appended is written to the disk later.

  Type: { hostName, hosts, interfaces, newMachineId, hasUserNetwork } -> string
*/
{
  hostName,
  hosts,
  interfaces,
  newMachineId,
  hasUserNetwork,
}:
let
  inherit (builtins) concatMap concatStringsSep;
  userNetwork =
    if hasUserNetwork then
      [
        "link set eth0 up"
        "addr add 10.0.2.15/24 dev eth0"
      ]
    else
      [ ];
  commands = userNetwork ++ concatMap (interface: [
    "link set ${interface.name} address ${interface.mac} up"
    "addr add ${interface.ipv4}/24 broadcast + dev ${interface.name}"
    "addr add ${interface.ipv6}/64 dev ${interface.name} nodad"
  ]) interfaces;
in
''
  set -e
  date -s "@$1" >/dev/null
  echo '${hostName}' >/proc/sys/kernel/hostname
  echo '${hostName}' >>/etc/hostname
  hosts='${hosts}'
  echo "$hosts" >>/etc/hosts
''
+ (
  if newMachineId then
    ''
      read -r old </etc/machine-id
      echo "$2" >/etc/machine-id
      # What was logged so far is found under the new id, too.
      mv "/run/log/journal/$old" "/run/log/journal/$2" 2>/dev/null || true
      # A server makes new keys when it is started again.
      rm -f /etc/ssh/ssh_host_*
      systemctl try-restart systemd-journald.service ssh.service 2>/dev/null || true
    ''
  else
    ""
)
+ (
  if commands == [ ] then
    ""
  else
    ''
      ip -batch - <<'END'
      ${concatStringsSep "\n" commands}
      END
    ''
)
