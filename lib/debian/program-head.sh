# Source this, in the build of a start script. program_head VARIABLE...: print the first lines of the script, which set the
# variables to the values that they have in the build.
quote() {
  printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"
}

program_head() {
  printf '#!%s sh\n' "$builder"
  for variable in "$@"; do
    eval "value=\$$variable"
    printf '%s=%s\n' "$variable" "$(quote "$value")"
  done
}
