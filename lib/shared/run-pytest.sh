# Run the tests of the working tree in the testbed $testbed. They are in $start of the project: for a flake, a path inside it.
# Outside of the project, the tests in the store run, $stored. $arguments are quoted for the shell. A head sets these variables.
set -eu

# names_tests ARGUMENT...: succeed if one of the arguments is a file, a folder, or a test in one, rather than an option or the value
# of one.
names_tests() {
  before=
  for argument; do
    case $before in
      -[DWckmnopr] | --basetemp | --config-file | --confcutdir | --deselect | --ignore | --ignore-glob | --isolation | \
        --junit-xml | --junitxml | --lf-from | --log-file | --machine-output | --rootdir | --testbed) ;;
      *)
        case $argument in
          -*) ;;
          *.py | *::*) return 0 ;;
          *) [ ! -e "$argument" ] || return 0 ;;
        esac
        ;;
    esac
    before=$argument
  done
  return 1
}

# find_tests: set $found to the tests in the nearest project that has them, from the current folder upwards.
find_tests() {
  case $start in
    /*)
      found=$start
      [ -e "$found" ]
      return
      ;;
  esac
  folder=$PWD
  while :; do
    found=$folder/$start
    if [ -e "$folder/.git" ] || [ -e "$folder/flake.nix" ]; then
      [ ! -e "$found" ] || return 0
    fi
    [ -n "$folder" ] || return 1
    folder=${folder%/*}
  done
}

if names_tests "$@"; then
  :
elif find_tests; then
  set -- "$@" "$found"
else
  echo "pytest: $start was not found in a project (a folder with .git or flake.nix) at $PWD or above it:" \
    "running the tests that are in the store, $stored" >&2
  if [ -d "$stored" ]; then folder=$stored; else folder=${stored%/*}; fi
  set -- -p no:cacheprovider --rootdir="$folder" "$@" "$stored"
fi
eval "set -- $arguments "'"$@"'
exec "$testbed/bin/pytest" "$@"
