# mypy over all Python of the project and its tests: each pyproject.toml says which files, and how strictly.
cp -R "$source" source && chmod -R u+w source && cd source
for project in benchmarks bootstrap driver lib/debian/archive tests/remote-builders; do
  (cd "$project" && "$tools/bin/mypy" --strict --cache-dir=/dev/null)
done
"$tools/bin/mypy" --strict --cache-dir=/dev/null dev/*.py
mkdir "$out"
