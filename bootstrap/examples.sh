# shellcheck shell=sh
# What takes a nixpkgs: the examples of tests on NixOS machines, and the blocks of Nix in pages about such machines. They are
# not among the checks of the flake, which are known without nixpkgs.

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

# evaluate_blocks: evaluate the blocks of Nix about NixOS machines in pages, tell what is wrong, and count. The parser of
# Markdown is that of the check `pages`.
evaluate_blocks() {
  documentation=$(nix_do build --no-link --print-out-paths --file "${checkout:?}/lib/debian" tools.documentation) || return 1
  "$documentation/bin/python3" -B -W ignore "$checkout/tests/static/nix_blocks.py" "$checkout" --nixpkgs "$NIXPKGS_TREE"
}
