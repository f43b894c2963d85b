# A root of several users in a sandbox of one: a user namespace for chroot and mounts, fakeroot for who owns what.
# Source it, then `become_root` (which runs the caller's script again inside), then `in_root COMMAND` or `as_root COMMAND`.

become_root() {
  if [ "${rehearse_inside:-}" = 1 ]; then
    return 0
  fi
  rehearse_inside=1 exec unshare -r -m "$builder" sh -eu "$script"
}

# fakeroot keeps the owners of every file in this process; without it the images would have but one user.
start_fakeroot() {
  fakeroot_library=$tools/usr/lib/x86_64-linux-gnu/libfakeroot/libfakeroot-sysv.so
  started=$("$tools/bin/faked-sysv")
  FAKEROOTKEY=${started%%:*}
  faked=${started##*:}
  # The sandbox maps one user: a real chown would fail, and is not needed.
  export FAKEROOTKEY FAKEROOTDONTTRYCHOWN=1
  trap 'kill "$faked"' EXIT
}

# Run a command inside the tree $root, seeing what it will own.
in_root() {
  mkdir -p "$root/build" "$root/proc" "$root/dev"
  cp "$fakeroot_library" "$root/build/libfakeroot.so"
  if ! [ -e "$root/proc/self" ]; then
    mount --rbind /proc "$root/proc"
    mount --rbind /dev "$root/dev"
  fi
  chroot "$root" /usr/bin/env -i HOME=/root LC_ALL=C.UTF-8 TZ=UTC PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    SOURCE_DATE_EPOCH=1 DEBIAN_FRONTEND=noninteractive DEBCONF_NONINTERACTIVE_SEEN=true \
    FAKEROOTKEY="$FAKEROOTKEY" FAKEROOTDONTTRYCHOWN=1 LD_PRELOAD=/build/libfakeroot.so "$@"
}

# fakeroot notes an owner at chown, not when a process that became another user (initdb, say) creates a file: such files
# would be root's, in a folder of that user. They are given to the owner of the folder.
settle_owners() {
  # shellcheck disable=SC2016 # expanded by the shell inside
  in_root /bin/sh -c 'find / -xdev -type d ! -user root -exec sh -c "
    for folder; do chown -R -h --from=root --reference=\"\$folder\" \"\$folder\"; done" sh {} +'
}

# Leave nothing of the build in the tree.
leave_root() {
  umount -l "$root/proc" "$root/dev"
  rm -rf "$root/build"
}

# Run a program of $tools outside of the tree, seeing who owns what in it.
as_root() {
  LD_PRELOAD=$fakeroot_library "$@"
}
