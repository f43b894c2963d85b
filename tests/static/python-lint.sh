# ruff's linter and formatter over all Python of the project.
cp -R "$source" source && chmod -R u+w source && cd source
for project in benchmarks bootstrap driver lib/debian/archive; do
  (
    cd "$project"
    "$ruff/bin/ruff" check --no-cache .
    "$ruff/bin/ruff" format --no-cache --check .
  )
done
"$ruff/bin/ruff" check --no-cache --config driver/pyproject.toml docs tests
"$ruff/bin/ruff" format --no-cache --check --config driver/pyproject.toml docs tests
mkdir "$out"
