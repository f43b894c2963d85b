/**
  Checks that boot nothing: linters, formatters, types, unit tests, evaluation.

  Type: { debian } -> { <check> = derivation; }
*/
{ debian }:
let
  check =
    name:
    debian.build {
      inherit name;
      script = ./${name}.sh;
      library = ./with-shell.sh;
      source = ../..;
      tools = debian.tools.development;
      inherit (debian.tools) image nix ruff;
    };
in
builtins.listToAttrs (
  map
    (name: {
      inherit name;
      value = check name;
    })
    [
      "evaluation"
      "glossary"
      "option-references"
      "python-lint"
      "python-types"
      "reference"
      "shell-lint"
      "sizes"
      "unit-tests-archive"
      "unit-tests-benchmarks"
      "unit-tests-bootstrap"
      "unit-tests-driver"
      "unit-tests-scripts"
    ]
)
// {
  # The pages of docs/tutorials as HTML.
  tutorials = debian.build {
    name = "tutorials";
    script = ./tutorials.sh;
    source = ../..;
    inherit (debian.tools) documentation;
  };
}
