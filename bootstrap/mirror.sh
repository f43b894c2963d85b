# shellcheck shell=sh
# Which Debian mirror to use. No file of the project names one: it is given, or the machine's own.

# Print the URL of the mirror's main archive, without a slash at the end.
debian_mirror() {
  if [ -n "${REHEARSE_DEBIAN_MIRROR:-}" ]; then
    printf '%s\n' "${REHEARSE_DEBIAN_MIRROR%/}"
    return 0
  fi
  if ! command -v apt-get >/dev/null 2>&1; then
    die "which Debian mirror to use is not known: this machine has no apt to ask." \
      "Give one with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL."
  fi
  codename=$(machine_codename)
  # `indextargets` says nothing while the lists are empty, as on a fresh machine;
  # the addresses an update would read are always known, whatever format the sources have.
  found=$(apt-get update --print-uris 2>/dev/null |
    sed -n "s|^'\\([^']*[^/]\\)/*/dists/$codename/\\(In\\)\\{0,1\\}Release' .*|\\1|p" | head -n 1)
  if [ -z "$found" ]; then
    die "no Debian mirror found: the apt sources of this machine have no entry for its own" \
      "suite, '$codename'. Give one with --mirror URL or REHEARSE_DEBIAN_MIRROR=URL."
  fi
  printf '%s\n' "$found"
}

# Print the codename of the machine's Debian.
machine_codename() {
  # shellcheck disable=SC1091 # a file of the machine, not of the project
  (. /etc/os-release && printf '%s\n' "${VERSION_CODENAME:-sid}")
}
