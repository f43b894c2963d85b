# shellcheck shell=sh
# A private apt root: apt's own resolver and signature checks over the machine's mirror,
# with an empty list of installed packages, so that nothing of the system is read or changed.

archive_keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# make_apt_root DIR MIRROR SUITE: write DIR/apt.conf and what it refers to.
make_apt_root() {
  mkdir -p "$1/lists/partial" "$1/cache/archives/partial"
  : >"$1/status"
  if [ ! -e "$archive_keyring" ]; then
    die "the keys of the Debian archive are missing: there is no $archive_keyring." \
      "Install the package debian-archive-keyring."
  fi
  printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' "$archive_keyring" "$2" "$3" \
    >"$1/sources.list"
  {
    # The machine's proxies and time limits; but not its hooks, pins and other sources. An index
    # must be signed, but may be old: on a mirror that stands still it is the only one there is.
    apt-config dump | grep '^Acquire::' || true
    cat <<CONF
APT::Architecture "amd64";
APT::Architectures { "amd64"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Check-Valid-Until "false";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "/dev/null";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
Dir::Etc::sourcelist "$1/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::State::lists "$1/lists";
Dir::State::extended_states "$1/extended_states";
Dir::State::status "$1/status";
Dir::Cache "$1/cache";
Dir::Log "$1/log";
CONF
  } >"$1/apt.conf"
}

# apt_in DIR PROGRAM ARGUMENT...: run an apt program in the private root DIR.
apt_in() {
  apt_root=$1
  shift
  APT_CONFIG="$apt_root/apt.conf" LC_ALL=C "$@"
}
