# Run a container in network and mount namespaces of its own, with a card in each network of its test. The arguments are those of
# systemd-nspawn, the last ones the first program in the container. $machine is its name, $root its folder, and $interfaces has a
# line for each card: its name, the number of its network, its hardware address, its IPv4 and its IPv6 address with their prefixes
# (- where the guest sets them itself). $make_root is a file of shell that makes the folder $root.
#
# The driver sets CONTAINER_CARDS, the program that connects the cards with the networks, and SHARED_DIR, the folder that machines
# share with it.
set -eu
: "${machine:?}" "${root:?}" "${interfaces?}" "${make_root:?}" "${SHARED_DIR:?the folder that machines share with the driver}"
: "${CONTAINER_CARDS:?the program that connects network cards: the driver of tests starts containers}"

fail() {
  echo "run-$machine-nspawn: error: $*" >&2
  exit 1
}

command -v systemd-nspawn >/dev/null ||
  fail "systemd-nspawn not found in $PATH. The package that runs containers must have it (NixOS: virtualisation.systemd-nspawn.package)."

# each_interface COMMAND: run it for each line of $interfaces, with $name, $network, $mac, $ipv4 and $ipv6.
each_interface() {
  while read -r name network mac ipv4 ipv6; do
    if [ -n "$name" ]; then "$1"; fi
  done <<END
$interfaces
END
}

plug_in() {
  eval "switch=\${QEMU_VDE_SOCKET_$network:?the folder of the switch}"
  cards="$cards $name=$mac=$switch"
}

# address_commands: print what `ip` is to do for a card, whose addresses are known to be unique.
address_commands() {
  [ "$ipv4" = - ] || echo "address add $ipv4 broadcast + dev $name"
  [ "$ipv6" = - ] || echo "address add $ipv6 dev $name nodad"
}

# Whatever starts here is in the cgroup that the driver has made for the container.
if [ -n "${CONTAINER_CGROUP:-}" ]; then
  echo 0 >"$CONTAINER_CGROUP/cgroup.procs" || fail "cannot move to its cgroup $CONTAINER_CGROUP (see above)"
fi

# The cards come while the root is made.
cards=''
each_interface plug_in
[ -p cards-ready ] || mkfifo cards-ready
# shellcheck disable=SC2086 # a command, and one argument a card
$CONTAINER_CARDS $cards >cards-ready &
exec 3<cards-ready
# If the container does not start, it would wait for a reader for ever.
trap 'kill $! 2>/dev/null' EXIT

# What systemd-nspawn takes for the root of a system.
[ -d "$root" ] || (umask 022 && mkdir -p "$root")
# shellcheck source=/dev/null
. "$make_root"

# The Nix sandbox has none of these, which systemd-nspawn looks for, and this mount namespace is the container's own.
[ -d /run ] || mkdir -p /run
# Where there is version 1, too, systemd-nspawn would leave cgroups of that.
[ -e /sys/fs/cgroup/cgroup.controllers ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup ||
  fail "cannot mount cgroups of version 2 on /sys/fs/cgroup (see above), which systemd needs in a container. The kernel must have them, and a build needs Nix' system feature uid-range."
[ -e /etc/os-release ] || [ -e /usr/lib/os-release ] || : >/etc/os-release
# It leaves files for each container.
[ -d /run/systemd/nspawn ] || mkdir -p /run/systemd/nspawn
mount -t tmpfs tmpfs /run/systemd/nspawn

# In a user namespace, as in the Nix sandbox, the kernel mounts a /proc or /sys only where another one is in full sight.
# systemd-nspawn leaves none to the container. Those here lie below the container's /run, and the /proc is that of a process
# namespace without processes.
read -r _ _ users </proc/self/uid_map
if [ "$users" != 4294967295 ]; then
  mkdir -p "$root/run/proc" "$root/run/sys"
  mount -t sysfs sysfs "$root/run/sys"
  unshare --pid --fork mount -t proc proc "$root/run/proc"
fi

read -r ready <&3 || fail "cannot make its network cards (see above)"
[ "$ready" = ready ] || fail "cannot make its network cards: $ready"
exec 3<&-
addresses=$(each_interface address_commands)
[ -z "$addresses" ] || echo "$addresses" | ip -batch - || fail "cannot set its addresses: $addresses"

# The network namespace is the container's own: what /proc/sys/net says of it may be changed there, and nothing else.
export SYSTEMD_NSPAWN_API_VFS_WRITABLE=network
exec systemd-nspawn --quiet --machine="$machine" --directory="$root" --network-namespace-path=/proc/self/ns/net \
  --capability=CAP_NET_ADMIN --register=no --keep-unit --notify-ready=yes --kill-signal=SIGRTMIN+3 \
  --console=read-only --link-journal=no --resolv-conf=off --timezone=off \
  --bind="$SHARED_DIR:/tmp/shared" "$@"
