#!/bin/sh
# The session that session.svg shows: a first test passes, then fails. record-session.sh records it.
#
# It runs in an empty folder. `rehearse` is in the registry, the images of the machines are in the store, and Nix is set up
# for containers (docs/containers.md), so that the session is short on a computer without KVM.
set -u

# Show a command as a person types it, and run it.
run() {
  printf '\033[32m$\033[0m %s\n' "$1"
  eval "$1"
  status=$?
  sleep 1
  echo
  return "$status"
}

run 'nix flake init -t rehearse#debian'
# What Nix says of the lock file has addresses of the computer that records.
nix flake lock 2>lock.log || cat lock.log
run "sed -i 's/nodes = {/containers = {/' web.nix"
run 'cat web.nix'
run 'nix build .#checks.x86_64-linux.web -L'
run "sed -i 's/page, \"good evening/page, \"good night/' web.nix"
run 'nix build .#checks.x86_64-linux.web.report -L -o report'
run 'ls report'
sleep 3
