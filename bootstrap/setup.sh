# shellcheck shell=sh
# What runs before Nix exists. To be sourced by a program that runs under `set -eu`, with `checkout`
# set to the folder of flake.nix; `bootstrap` then puts a usable nix and python3 on PATH, and says what it installs for that.

: "${checkout:?the folder of flake.nix}"

# shellcheck source=bootstrap/say.sh
. "$checkout/bootstrap/say.sh"
# shellcheck source=bootstrap/arguments.sh
. "$checkout/bootstrap/arguments.sh"
# shellcheck source=bootstrap/mirror.sh
. "$checkout/bootstrap/mirror.sh"
# shellcheck source=bootstrap/apt-root.sh
. "$checkout/bootstrap/apt-root.sh"
# shellcheck source=bootstrap/tree.sh
. "$checkout/bootstrap/tree.sh"
# shellcheck source=bootstrap/nix.sh
. "$checkout/bootstrap/nix.sh"
# shellcheck source=bootstrap/python.sh
. "$checkout/bootstrap/python.sh"
# shellcheck source=bootstrap/checks.sh
. "$checkout/bootstrap/checks.sh"
# shellcheck source=bootstrap/containers.sh
. "$checkout/bootstrap/containers.sh"
# shellcheck source=bootstrap/examples.sh
. "$checkout/bootstrap/examples.sh"
# shellcheck source=bootstrap/builders.sh
. "$checkout/bootstrap/builders.sh"

bootstrap() {
  setup_nix
  setup_python
  require_sandbox
}
