# shellcheck shell=sh
# Build the checks of the flake, one by one.

checks=checks.x86_64-linux

# nix_do SUBCOMMAND ARGUMENT...: run nix with the options everything here is run with.
# Nothing of this project is in a cache, so none is asked; without a network that would take long.
nix_do() {
  subcommand=$1
  shift
  nix "$subcommand" --extra-experimental-features 'nix-command flakes' \
    --option substitute false --no-warn-dirty "$@"
}

# fetch_packages NAME...: put what building these checks takes into the store, and print the
# flake to build them from.
fetch_packages() {
  for name in "$@"; do
    shift
    set -- "$@" "$checks.$name"
  done
  "${checkout:?}/lib/debian/archive/rehearse-debian" fetch --checkout "$checkout" "$@"
}

# describe_check FLAKE NAME: print the store paths of the check's derivation and of its output.
describe_check() {
  # shellcheck disable=SC2016 # an expression of Nix, not of sh
  nix_do eval --no-write-lock-file --raw "$1#$checks.$2" \
    --apply 'check: "${check.drvPath} ${check.outPath}"'
}

# in_store PATH: whether it was built before.
in_store() {
  nix-store --check-validity "$1" 2>/dev/null
}
