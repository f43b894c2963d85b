# ruff's linter and formatter over all Python of the project.
cp -R "$source" source && chmod -R u+w source && cd source
for project in benchmarks bootstrap driver lib/debian/archive tests/remote-builders; do
  (
    cd "$project"
    "$ruff/bin/ruff" check --no-cache .
    "$ruff/bin/ruff" format --no-cache --check .
  )
done
"$ruff/bin/ruff" check --no-cache --config driver/pyproject.toml dev docs tests
"$ruff/bin/ruff" format --no-cache --check --config driver/pyproject.toml dev docs tests
# Tests of users have no annotations, and their programs print what people read.
"$ruff/bin/ruff" check --no-cache --config driver/pyproject.toml --ignore ANN,T20 templates
"$ruff/bin/ruff" format --no-cache --check --config driver/pyproject.toml templates
# A test that expects any error passes for the wrong one: it names the class. Scripts in Nix are no Python to ruff.
pattern='(assertRaises|raises|suppress)[(](Base)?Exception *[,)]'
if grep -rnE "$pattern" README.md benchmarks docs driver/tests templates tests lib; then
  echo "name the class of the error that is expected in the lines above" >&2
  exit 1
fi
mkdir "$out"
