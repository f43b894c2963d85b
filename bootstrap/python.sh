# shellcheck shell=sh
# Which Python to use: the machine's own when it is new enough, else one beside the system.

# setup_python: afterwards a usable python3 is on PATH.
setup_python() {
  if python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    return 0
  fi
  install_tree python3
  PATH=$(tree_directory python3)/bin:$PATH
  export PATH
}
