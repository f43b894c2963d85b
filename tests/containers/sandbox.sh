# Whether a build has what containers take: users, a network device, an overlay, cgroups.
missing() {
  echo "container-sandbox: $*. docs/containers.md has what a builder needs." >&2
  exit 1
}

[ "$(id -u)" -eq 0 ] || missing "the build does not run as root of its user namespace, but as user $(id -u)"
# Of each line of the map: the first user here, the first user there, and their number.
users=$(awk '{ n += $3 } END { print n }' /proc/self/uid_map)
[ "$users" -ge 65536 ] || missing "the build has $users users, and a container takes 65536"

(: <>/dev/net/tun) || missing "/dev/net/tun cannot be opened (see above)"
unshare -n sh -c 'tunctl -t tap0 && ip link set tap0 up && ip link show tap0' >devices ||
  missing "a network device cannot be made (see above)"
grep -q 'tap0.*UP' devices || missing "a network device cannot be used: $(cat devices)"

mkdir lower upper work root
echo text >lower/file
mount -t overlay overlay -o userxattr,volatile,lowerdir=lower,upperdir=upper,workdir=work root ||
  missing "an overlay cannot be mounted (see above): it takes Linux 5.11 or newer"
echo more >>root/file
[ "$(cat upper/file)" = "text
more" ] || missing "an overlay does not copy a file: $(ls -lR upper)"
umount root

mkdir cgroups
mount -t cgroup2 cgroup2 cgroups || missing "cgroups of version 2 cannot be mounted (see above)"
mkdir cgroups/group || missing "no cgroup can be made (see above)"
[ -e cgroups/group/cgroup.freeze ] || missing "a cgroup cannot be frozen"
rmdir cgroups/group
umount cgroups
echo passed >"$out"
