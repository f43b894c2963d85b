# The generated pages of docs/, and docs/schemas, are what their programs write.
cd "$source"
new=$NIX_BUILD_TOP/new
mkdir -p "$new"
export PYTHONPATH=driver PYTHONDONTWRITEBYTECODE=1
"$tools/bin/python3" docs/generate-reference.py >"$new/reference.md"
"$tools/bin/python3" docs/generate-commands.py >"$new/reference-commands.md"
"$tools/bin/python3" docs/generate-schemas.py "$new"
find "$new" -type f | sort | while read -r file; do
  name=docs/${file#"$new/"}
  diff -u "$name" "$file" || {
    echo "$name is not what it is generated from: run the program that the page names" >&2
    exit 1
  }
done
mkdir "$out"
