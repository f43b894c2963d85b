# shellcheck shell=sh
# Programs of a newer Debian, unpacked beside the system into a tree of their own and run by
# the tree's own ld.so: nothing of the system is replaced, and removing the tree removes them.

# The suite whose Nix and Python are used.
tree_suite=trixie

# cache_folder: print where all lies that is installed beside the system.
cache_folder() {
  printf '%s\n' "${XDG_CACHE_HOME:-$HOME/.cache}/rehearse"
}

# tree_directory PACKAGE: print where the tree of a package is. The number grows when what is
# written here changes, so that an older tree is not taken for a newer one.
tree_directory() {
  printf '%s\n' "$(cache_folder)/tools/$1-1"
}

# install_tree PACKAGE: unpack a package and all it depends on, unless that was done before.
# To be called under `set -e`, and not in a condition, so that no failure goes unnoticed.
install_tree() {
  tree=$(tree_directory "$1")
  [ -e "$tree" ] && return 0
  for program in apt-get apt-config dpkg-deb; do
    command -v "$program" >/dev/null 2>&1 ||
      die "cannot install $1: this machine has no $program. Set-up needs Debian 12 or newer," \
        "or Nix 2.18 or newer and Python 3.11 or newer already on PATH."
  done
  [ "$(dpkg --print-architecture)" = amd64 ] ||
    die "cannot install $1: this machine is $(dpkg --print-architecture); only amd64 is supported."
  (
    mkdir -p "${tree%/*}"
    work=$(mktemp -d "${tree%/*}/.unpacking.XXXXXX") || exit 2
    trap 'rm -rf "$work"' EXIT
    trap 'exit 129' HUP
    trap 'exit 130' INT
    trap 'exit 143' TERM
    download_packages "$work/apt" "$1" "$tree"
    mkdir "$work/tree"
    for deb in "$work"/apt/cache/archives/*.deb; do
      # Without the permissions' special bits: no set-user-ID program is to lie about here.
      if ! dpkg-deb --fsys-tarfile "$deb" >"$work/files.tar" ||
        ! tar -x -f "$work/files.tar" -C "$work/tree" --no-same-owner --no-same-permissions; then
        die "cannot unpack ${deb##*/} into ${tree%/*} (see above): is the disk full?"
      fi
    done
    case $1 in
      nix-bin) write_nix_wrappers "$work/tree" "$tree" ;;
      python3) write_python_wrapper "$work/tree" "$tree" ;;
    esac
    # Only a whole tree gets the name that later runs look for. Another run may have been first.
    mv -T "$work/tree" "$tree" 2>/dev/null || [ -e "$tree" ] ||
      die "cannot move the unpacked packages to $tree"
  )
}

# download_packages APT_ROOT PACKAGE TREE: fetch the package and its dependencies.
download_packages() {
  mirror=$(debian_mirror) || exit 2
  make_apt_root "$1" "$mirror" "$tree_suite"
  say "Reading the package lists of Debian ($tree_suite) from $mirror ..."
  apt_in "$1" apt-get update -qq ||
    die "cannot read the package lists of $tree_suite from $mirror (see above)." \
      "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL."
  size=$(apt_in "$1" apt-get install --print-uris -qq -y "$2" |
    awk '{ n++; s += $3 } END { printf "%d packages, %d MB", n, s / 1000000 + 1 }')
  version=$(apt_in "$1" apt-cache policy "$2" | sed -n 's/^ *Candidate: //p')
  say "Installing $2 $version beside the system ($size), into $3"
  apt_in "$1" apt-get install --download-only -qq -y "$2" >&2 ||
    die "cannot download $2 and what it depends on from $mirror (see above)." \
      "Another mirror can be given with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL."
}

# quoted TEXT: print TEXT as one argument for sh.
quoted() {
  printf "'%s'\n" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

# write_nix_wrappers NEW FINAL: NEW is the tree now, FINAL the place it will be moved to.
# NIX_BIN_DIR is for the programs Nix starts of its own: what it takes for itself is ld.so.
write_nix_wrappers() {
  mkdir -p "$1/bin" "$1/conf"
  cat >"$1/conf/nix.conf" <<'CONF'
experimental-features = nix-command flakes
sandbox = true
sandbox-fallback = false
sandbox-paths =
substituters =
flake-registry =
build-users-group =
builders =
CONF
  for program in "$1"/usr/bin/nix*; do
    name=${program##*/}
    cat >"$1/bin/$name" <<WRAPPER
#!/bin/sh
tree=$(quoted "$2")
export NIX_CONF_DIR="\$tree/conf" NIX_BIN_DIR="\$tree/bin"
exec "\$tree/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$tree/usr/lib/x86_64-linux-gnu" \\
  --argv0 $name "\$tree/usr/bin/nix" "\$@"
WRAPPER
    chmod 755 "$1/bin/$name"
  done
}

write_python_wrapper() {
  mkdir -p "$1/bin"
  cat >"$1/bin/python3" <<WRAPPER
#!/bin/sh
tree=$(quoted "$2")
export PYTHONHOME="\$tree/usr"
exec "\$tree/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$tree/usr/lib/x86_64-linux-gnu" \\
  --argv0 "\$0" "\$tree/usr/bin/python3" "\$@"
WRAPPER
  chmod 755 "$1/bin/python3"
}
