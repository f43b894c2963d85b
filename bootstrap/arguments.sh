# shellcheck shell=sh
# The command line that `demo` and `check` have in common. They define `usage`.

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
      *) die "unknown argument '$1'. Accepted are --mirror URL and --help" ;;
    esac
    shift
  done
  [ -z "${REHEARSE_DEBIAN_MIRROR:-}" ] || export REHEARSE_DEBIAN_MIRROR
}
