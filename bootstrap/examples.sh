# shellcheck shell=sh
# The examples of tests on NixOS machines. They are not among the checks of the flake, which are known without nixpkgs.

# example_names: print their names.
example_names() {
  nix_do eval --raw --file "${checkout:?}/tests/nixos/examples" \
    --apply 'all: builtins.concatStringsSep " " (builtins.attrNames all)'
}

# evaluate_example NAME: print the derivation that runs it, with the nixpkgs in the folder $NIXPKGS_TREE.
evaluate_example() {
  nix-instantiate --eval --read-write-mode --option substitute false \
    "${checkout:?}/tests/nixos" --attr "$1.drvPath" --arg hostPkgs \
    'import (builtins.getEnv "NIXPKGS_TREE") { system = "x86_64-linux"; config = { }; overlays = [ ]; }'
}

# compare_examples: print of each example whether nixpkgs' own framework makes the same of it, attribute by attribute.
compare_examples() {
  (cd "${checkout:?}" && python3 -B -m tests.nixos.compare.projects tests/nixos/comparable.nix)
}
