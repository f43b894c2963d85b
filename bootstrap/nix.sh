# shellcheck shell=sh
# Which Nix to use: the machine's own when it is new enough, else one beside the system.

nix_needed=2.18
nix_store=/nix/store

# nix_version: print the version of the nix on PATH, e.g. 2.26.3; nothing when there is none.
nix_version() {
  command -v nix >/dev/null 2>&1 || return 0
  nix --version 2>/dev/null | sed -n 's/.* \([0-9][0-9.]*\).*/\1/p' | head -n 1
}

# at_least VERSION NEEDED: compare major and minor numbers.
at_least() {
  major=${1%%.*}
  minor=${1#*.}
  minor=${minor%%.*}
  needed_major=${2%%.*}
  needed_minor=${2#*.}
  [ "$major" -gt "$needed_major" ] ||
    { [ "$major" -eq "$needed_major" ] && [ "$minor" -ge "$needed_minor" ]; }
}

# setup_nix: afterwards a usable nix is on PATH.
setup_nix() {
  found=$(nix_version)
  if [ -n "$found" ] && at_least "$found" "$nix_needed"; then
    require_store
    [ "$(id -u)" -ne 0 ] || allow_root_builds
    return 0
  fi
  if [ "$(id -u)" -ne 0 ]; then
    if [ -n "$found" ]; then
      die "Nix is too old: found $found ($(command -v nix)), needed $nix_needed or newer." \
        "Install a newer Nix with a daemon, or run this as root, which puts one beside the system."
    fi
    die "there is no Nix here, and only root can install one: needed is Nix $nix_needed or newer" \
      "with a daemon that you may use. Install one (in Debian 13: nix-setup-systemd), or run this" \
      "as root, which puts one beside the system."
  fi
  if [ -n "$found" ]; then
    say "The Nix on PATH is too old: found $found, needed $nix_needed or newer."
  fi
  install_tree nix-bin
  if [ ! -d /nix ]; then
    say "Making /nix, where Nix keeps what it builds."
    mkdir -m 755 /nix || die "cannot make /nix"
  fi
  PATH=$(tree_directory nix-bin)/bin:$PATH
  export PATH
}

# require_store: refuse a Nix whose store this user cannot write.
require_store() {
  # Without a store or a daemon, Nix would silently use a store below the home folder: its results
  # are not where their names say. (A daemon that nobody has used yet has not made the store.)
  socket=${NIX_DAEMON_SOCKET_PATH:-/nix/var/nix/daemon-socket/socket}
  if [ "$(id -u)" -ne 0 ] && [ ! -d "$nix_store" ] && [ ! -S "$socket" ]; then
    problem="there is no $nix_store"
  else
    # Any name of a path will do: the store is opened to look for it.
    problem=$(nix-store --check-validity --print-invalid \
      "$nix_store/00000000000000000000000000000000-none" 2>&1 >/dev/null) && return 0
  fi
  die "Nix is here, but $(id -un) cannot use its store: ${problem#error: }." \
    "Its daemon must run, and this user must be allowed to use it" \
    "(in Debian: be in the group nix-users)."
}

# nix_setting NAME: print what the configuration says.
nix_setting() {
  nix --extra-experimental-features nix-command config show "$1" 2>/dev/null ||
    # Before Nix 2.20 the command had another name.
    nix --extra-experimental-features nix-command show-config 2>/dev/null | sed -n "s/^$1 = //p"
}

# allow_root_builds: let root build when Nix came without the users that it builds as, which are
# in a package of their own in Debian.
allow_root_builds() {
  group=$(nix_setting build-users-group)
  if [ -n "$group" ] && ! getent group "$group" >/dev/null; then
    say "There is no group '$group' of users that Nix builds as: building as root, in the sandbox."
    NIX_CONFIG="${NIX_CONFIG:+$NIX_CONFIG
}build-users-group ="
    export NIX_CONFIG
  fi
}

# require_sandbox: refuse a Nix that would build outside the sandbox.
require_sandbox() {
  sandbox=$(nix_setting sandbox)
  [ "$sandbox" = true ] ||
    die "Nix would not build in its sandbox: its setting 'sandbox' is '$sandbox', needed is 'true'." \
      "Write 'sandbox = true' into its nix.conf (usually /etc/nix/nix.conf)."
}
