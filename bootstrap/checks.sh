# shellcheck shell=sh
# Build the checks of the flake, one by one.

checks=checks.x86_64-linux
# What takes too long for every run.
long_checks=legacyPackages.x86_64-linux.longChecks
long_names=''
# What runs containers (bootstrap/containers.sh).
container_checks=legacyPackages.x86_64-linux.container-checks

# nix_do SUBCOMMAND ARGUMENT...: run nix with the options everything here is run with.
# Nothing of this project is in a cache, so none is asked; without a network that would take long.
nix_do() {
  subcommand=$1
  shift
  nix "$subcommand" --extra-experimental-features 'nix-command flakes' \
    --option substitute false --no-warn-dirty "$@"
}

# list_checks ATTRIBUTE: print the names of the checks there.
list_checks() {
  nix_do eval --no-write-lock-file --raw "${checkout:?}#$1" \
    --apply 'all: builtins.concatStringsSep " " (builtins.attrNames all)'
}

# attribute NAME: print where the flake has a check.
attribute() {
  case " $long_names " in
    *" $1 "*) echo "$long_checks.$1" ;;
    *) if is_container_check "$1"; then echo "$container_checks.$1"; else echo "$checks.$1"; fi ;;
  esac
}

# fetch_packages NAME...: put what building these checks takes into the store, and print the
# flake to build them from.
fetch_packages() {
  for name in "$@"; do
    shift
    set -- "$@" "$(attribute "$name")"
  done
  "${checkout:?}/lib/debian/archive/rehearse-debian" fetch --checkout "$checkout" "$@"
}

# describe_check FLAKE NAME: print the store paths of the check's derivation and of its output.
describe_check() {
  # shellcheck disable=SC2016 # an expression of Nix, not of sh
  nix_do eval --no-write-lock-file --raw "$1#$(attribute "$2")" \
    --apply 'check: "${check.drvPath} ${check.outPath}"'
}

# in_store PATH: whether it was built before.
in_store() {
  nix-store --check-validity "$1" 2>/dev/null
}
