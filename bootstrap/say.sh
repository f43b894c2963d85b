# shellcheck shell=sh
# Messages of the set-up. They go to stderr, so that stdout stays free for results.

say() {
  printf '%s\n' "$*" >&2
}

die() {
  printf '%s: error: %s\n' "${0##*/}" "$*" >&2
  exit 2
}
