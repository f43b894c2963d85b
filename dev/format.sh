#!/bin/sh
# Format Python with ruff, shell with shfmt and Nix with nixfmt, as the checks want them.
set -eu

usage() {
  cat <<'END'
Usage: dev/format.sh [--check] [FILE...]

Formats the files, or all files of the checkout: Python with ruff, shell with shfmt, Nix with
nixfmt. The programs are looked for in PATH. Files whose program is not there stay as they are,
and a line names the program.

  --check  change nothing; the exit status is 1 if a file is not formatted
  --help   show this
END
}

cd "$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)/.."
only_check=
case ${1:-} in
  --help)
    usage
    exit
    ;;
  --check)
    only_check=yes
    shift
    ;;
  -*)
    usage >&2
    exit 2
    ;;
esac
[ $# -gt 0 ] || {
  git ls-files --cached --others --exclude-standard >"${TMPDIR:-/tmp}/rehearse-format.$$"
  # The names of files here have no blanks.
  # shellcheck disable=SC2046
  set -- $(cat "${TMPDIR:-/tmp}/rehearse-format.$$")
  rm "${TMPDIR:-/tmp}/rehearse-format.$$"
}

python='' shared_python='' shell='' bash='' nix='' failed=
for file; do
  [ -f "$file" ] && [ ! -L "$file" ] || continue
  case $file in
    # These have a pyproject.toml, which says what is formatted.
    benchmarks/*.py | bootstrap/*.py | driver/*.py | lib/debian/archive/*.py | tests/remote-builders/*.py)
      python="$python $file"
      ;;
    # The script that makes a snapshot: another byte of it makes all snapshots anew.
    lib/shared/make-snapshot.py) ;;
    *.py) shared_python="$shared_python $file" ;;
    *.bash) bash="$bash $file" ;;
    *.sh) shell="$shell $file" ;;
    *.nix) nix="$nix $file" ;;
    *.*) ;;
    *) ! head -n 1 "$file" | grep -q '^#!.*[/ ]\(ba\)\{0,1\}sh$' || shell="$shell $file" ;;
  esac
done

# run FILES PROGRAM ARGUMENT...: run a program over files, if there are some.
run() {
  files=$1
  shift
  [ -n "$files" ] || return 0
  if ! command -v "$1" >/dev/null; then
    echo "dev/format.sh: $1 was not found on PATH; its files stay as they are" >&2
    return 0
  fi
  # shellcheck disable=SC2086
  "$@" $files || failed=yes
}

shfmt=-w
[ -z "$only_check" ] || shfmt=-d
run "$python" ruff format --quiet --force-exclude ${only_check:+--diff}
run "$shared_python" ruff format --quiet --config driver/pyproject.toml ${only_check:+--diff}
run "$shell" shfmt -i 2 -ci "$shfmt"
run "$bash" shfmt -i 2 -ci -ln bash "$shfmt"
run "$nix" nixfmt --width=120 ${only_check:+--check}
[ -z "$failed" ] || exit 1
