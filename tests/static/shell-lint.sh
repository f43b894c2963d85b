# Every shell script passes shellcheck and shfmt: files named *.sh, and the programs that start with a shell's line.
cd "$source"
find . -type f | while read -r file; do
  case $file in
    *.sh) echo "$file" ;;
    *) head -n 1 "$file" 2>/dev/null | grep -q '^#!.*[/ ]\(ba\)\{0,1\}sh$' && echo "$file" || true ;;
  esac
done | sort >"$NIX_BUILD_TOP/scripts"
test "$(wc -l <"$NIX_BUILD_TOP/scripts")" -gt 10

# SC2154, SC2164: builders get their variables from Nix, and run under "set -eu" (build.sh).
xargs "$tools/bin/shellcheck" --shell=sh --severity=warning --exclude=SC2154,SC2164,SC1090,SC1091 <"$NIX_BUILD_TOP/scripts"
xargs "$tools/bin/shfmt" -d -i 2 -ci <"$NIX_BUILD_TOP/scripts"
# What the driver sends into guests is for bash.
find . -name '*.bash' >"$NIX_BUILD_TOP/bash-scripts"
xargs "$tools/bin/shellcheck" --shell=bash --severity=warning <"$NIX_BUILD_TOP/bash-scripts"
xargs "$tools/bin/shfmt" -d -i 2 -ci -ln bash <"$NIX_BUILD_TOP/bash-scripts"
mkdir "$out"
