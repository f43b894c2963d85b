# shellcheck shell=sh
# Tests on two remote builders that are this computer. They are no derivation, because the builders build in stores of their own.

remote_tests=legacyPackages.x86_64-linux.remote-tests

# check_builders: run the tests on both, and kill the Nix daemon of one of them meanwhile: all results must arrive.
check_builders() {
  remote_names=$(list_checks "$remote_tests") || return 1
  set --
  for name in $remote_names; do
    set -- "$@" "$remote_tests.$name"
  done
  remote_flake=$("${checkout:?}/lib/debian/archive/rehearse-debian" fetch --checkout "$checkout" "$@") || return 1
  builders=$(build_program "$remote_flake#loopback-builders") || return 1
  driver=$(build_program "$remote_flake#test-driver") || return 1
  # Each time with a new seed, and so anew.
  "$builders/bin/loopback-builders" --lost-daemon --fails fails -- \
    "$driver/bin/rehearse" test "$remote_flake#$remote_tests" --repeat 1 >&2
}

# build_program INSTALLABLE: build it and print its path.
build_program() {
  nix_do build --no-link --no-write-lock-file --print-out-paths "$1"
}
