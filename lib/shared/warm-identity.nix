/**
  The identity that a machine takes on after a warm start: data for guests that can take it without starting a program, and a script
  for the others ($1 is the time, $2 a new machine id).

  In the script as few processes as can be: under emulation each costs tens of milliseconds. The files with the names are empty in a
  snapshot (generalize.sh), and what is only appended is written to the disk later.

  Type: { hostName, hosts, interfaces :: [ { name, mac, addresses :: [ address/length ] } ], newMachineId, hasUserNetwork } -> { script, identity }
*/
{
  hostName,
  hosts,
  interfaces,
  newMachineId,
  hasUserNetwork,
}:
let
  inherit (builtins)
    concatMap
    concatStringsSep
    map
    match
    ;
  userNetwork = {
    name = "eth0";
    mac = null;
    addresses = [ "10.0.2.15/24" ];
  };
  cards = (if hasUserNetwork then [ userNetwork ] else [ ]) ++ interfaces;
  files = {
    "/etc/hostname" = "${hostName}\n";
    "/etc/hosts" = "${hosts}\n";
    "/proc/sys/kernel/hostname" = hostName;
  };
  option = address: if match ".*:.*" address == null then "broadcast +" else "nodad";
  commands = concatMap (
    card:
    [ "link set ${card.name} ${if card.mac == null then "" else "address ${card.mac} "}up" ]
    ++ map (address: "addr replace ${address} dev ${card.name} ${option address}") card.addresses
  ) cards;
in
{
  # A new machine id is for several daemons to hear of, and so for a script.
  identity =
    if newMachineId then
      null
    else
      {
        inherit files;
        interfaces = cards;
      };
  script = ''
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
        for journal in /run/log/journal /var/log/journal; do
          mv "$journal/$old" "$journal/$2" 2>/dev/null || true
        done
        # A server makes new keys when it is started again.
        rm -f /etc/ssh/ssh_host_*
        systemctl try-restart systemd-journald.service ssh.service sshd.service 2>/dev/null || true
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
  );
}
