# To be sourced first by a check: goes on inside a root that has /bin, /usr/bin and /run, which the sandbox has not: the
# programs of $tools, and busybox's for the rest.
if [ -z "${with_shell:-}" ]; then
  root=$NIX_BUILD_TOP/root
  for directory in build dev etc nix proc run tmp usr/bin; do
    mkdir -p "$root/$directory"
  done
  ln -s usr/bin "$root/bin"
  cp "$builder" "$root/usr/bin/busybox"
  for program in $("$builder" --list); do
    [ -e "$root/usr/bin/$program" ] || ln -s busybox "$root/usr/bin/$program"
  done
  ln -sf "$tools/bin/"* "$root/usr/bin/"
  export root with_shell=1
  # shellcheck disable=SC2016 # expanded by the shell inside
  exec unshare -r -m "$builder" sh -euc '
    for directory in build dev etc nix proc tmp; do
      mount --rbind "/$directory" "$root/$directory"
    done
    exec chroot "$root" "$builder" sh -eu "$script"'
fi
export PATH=/usr/bin
cd "$NIX_BUILD_TOP"
