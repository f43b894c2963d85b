# One file, one concept: none is longer than 400 lines.
cd "$source"
find . -name '*.py' -o -name '*.nix' -o -name '*.sh' | while read -r file; do
  lines=$(wc -l <"$file")
  if [ "$lines" -gt 400 ]; then
    echo "$file has $lines lines; 400 is the limit: split it by concept" >&2
    exit 1
  fi
done
mkdir "$out"
