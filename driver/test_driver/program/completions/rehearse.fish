# Complete `rehearse`: subcommands, options, and tests of a flake that Nix completes.
function __rehearse_tests
    set -lx NIX_GET_COMPLETIONS 2
    set -lx NIX_CONFIG "$NIX_CONFIG"\n'extra-experimental-features = nix-command flakes'
    nix build (commandline -ct) 2>/dev/null | tail -n +2
end
complete -c rehearse -n '__fish_seen_subcommand_from test show up' -a '(__rehearse_tests)'
complete -c rehearse -n '__fish_seen_subcommand_from completion' -f -a 'bash zsh fish'
