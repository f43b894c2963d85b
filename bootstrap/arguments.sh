# shellcheck shell=sh
# The command line that `demo` and `check` have in common. They define `usage`. A program that sets
# `takes_names` finds what the caller names in `wanted`, and `yes` in `long` after --long.

takes_names=${takes_names:-} wanted='' long=''

unknown_argument() {
  die "unknown argument '$1'. Accepted are ${takes_names:+names of checks, --long, }--mirror URL and --help"
}

read_arguments() {
  while [ $# -gt 0 ]; do
    case $1 in
      --help | -h)
        usage
        exit 0
        ;;
      --mirror)
        [ $# -gt 1 ] || die "--mirror needs an address after it"
        REHEARSE_DEBIAN_MIRROR=$2
        shift
        ;;
      --mirror=*) REHEARSE_DEBIAN_MIRROR=${1#*=} ;;
      --long)
        [ -n "$takes_names" ] || unknown_argument "$1"
        # shellcheck disable=SC2034 # `check` reads it
        long=yes
        ;;
      -*) unknown_argument "$1" ;;
      *)
        [ -n "$takes_names" ] || unknown_argument "$1"
        wanted="$wanted $1"
        ;;
    esac
    shift
  done
  [ -z "${REHEARSE_DEBIAN_MIRROR:-}" ] || export REHEARSE_DEBIAN_MIRROR
}
