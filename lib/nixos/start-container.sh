# Run a container in network and mount namespaces of its own, with a card in each network of its test. The arguments are those of
# systemd-nspawn, the last ones the first program in the container. $machine is its name, $root its folder (made unless it is
# there), and $interfaces a line for each card: its name, the number of its network, its hardware address. $store is the Nix store,
# and $writable_store is empty if the container only reads it.
set -eu
: "${machine:?}" "${root:?}" "${interfaces?}" "${store:?}" "${writable_store?}" "${SHARED_DIR:?the folder that machines share with the driver}"

fail() {
  echo "run-$machine-nspawn: error: $*" >&2
  exit 1
}

# plug_in NAME NETWORK ADDRESS: a card is a tap device whose frames go to the network's switch, as those of a QEMU do.
plug_in() {
  eval "socket=\${QEMU_VDE_SOCKET_$2:?the folder of the switch}"
  vde_plug2tap --sock "$socket" "$1" &
  until ip link set "$1" address "$3" 2>/dev/null; do
    kill -0 $! 2>/dev/null ||
      fail "cannot make the network card $1 (see above). It takes /dev/net/tun; in the Nix sandbox, that must be one of nix.conf's extra-sandbox-paths."
    sleep 0.02
  done
}

# overlay_store: paths that the container adds lie in a layer over the store of this computer. Fails where the kernel refuses it,
# as it may in the Nix sandbox.
overlay_store() {
  mkdir -p "$root/nix/.rw-store/upper" "$root/nix/.rw-store/work"
  # Colons and commas in $root would be special.
  (cd "$root" && mount -t overlay overlay -o "lowerdir=$store,upperdir=nix/.rw-store/upper,workdir=nix/.rw-store/work" ".$store") 2>/dev/null
}

# mount_each_path: every store path is a mount of its own in the container's folder, beside which it adds others. Links in their
# place would not do: Nix refuses store paths that are links to others.
mount_each_path() {
  for path in "$store"/*; do
    place=$root$store/${path##*/}
    if [ -L "$path" ]; then
      [ -L "$place" ] || cp -P "$path" "$place"
      continue
    elif [ -d "$path" ]; then
      mkdir -p "$place"
    else
      [ -e "$place" ] || : >"$place"
    fi
    mount --bind "$path" "$place"
    mount -o remount,bind,ro "$place" 2>/dev/null || true
  done
}

ip link set lo up
while read -r name network address; do
  if [ -n "$name" ]; then plug_in "$name" "$network" "$address"; fi
done <<END
$interfaces
END

# What systemd-nspawn takes for the root of a system.
[ -d "$root" ] || (umask 022 && mkdir -p "$root")
mkdir -p "$root/usr" "$root/etc" "$root/tmp" "$root$store"
if [ -n "$writable_store" ]; then overlay_store || mount_each_path; fi

# The Nix sandbox has neither, and this mount namespace is the container's own.
mkdir -p /run
[ -e /sys/fs/cgroup/cgroup.controllers ] || [ -n "$(ls /sys/fs/cgroup)" ] || mount -t cgroup2 cgroup2 /sys/fs/cgroup

# It matters to hosts that mount both kinds of cgroups; guests need the newer.
export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
exec systemd-nspawn --quiet --machine="$machine" --directory="$root" --network-namespace-path=/proc/self/ns/net \
  --capability=CAP_NET_ADMIN --register=no --keep-unit --notify-ready=yes --kill-signal=SIGRTMIN+3 \
  --console=read-only --link-journal=no --resolv-conf=off --timezone=off \
  --bind="$SHARED_DIR:/tmp/shared" "$@"
