# Complete `rehearse`: the first argument is a subcommand, others are its options, or tests of a flake that Nix completes.
_rehearse() {
  local begun=${COMP_WORDS[COMP_CWORD]} subcommand=${COMP_WORDS[1]} line
  local -a candidates
  local features=$'\nextra-experimental-features = nix-command flakes'
  @subcommands@
  COMPREPLY=()
  if [[ $COMP_CWORD -gt 1 && $begun != -* && ($subcommand = test || $subcommand = show || $subcommand = up) ]]; then
    # The first line says of what kind they are.
    while IFS=$'\t' read -r line _; do
      COMPREPLY+=("$line")
    done < <(NIX_CONFIG="${NIX_CONFIG:-}$features" NIX_GET_COMPLETIONS=2 nix build "$begun" 2>/dev/null | tail -n +2)
    [[ ${#COMPREPLY[@]} -gt 0 ]] || mapfile -t COMPREPLY < <(compgen -f -- "$begun")
    compopt -o nospace 2>/dev/null
    return
  fi
  mapfile -t COMPREPLY < <(compgen -W "${candidates[*]}" -- "$begun")
}
# The colon of `path:` and the sign of `.#checks` are parts of an argument.
COMP_WORDBREAKS=${COMP_WORDBREAKS//:/}
complete -F _rehearse rehearse
