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
  # README.md, ARCHITECTURE.md and the pictures of docs/ are as the files that they show.
  overview = debian.build {
    name = "overview";
    script = ./overview.sh;
    library = ./with-shell.sh;
    source = ../..;
    inherit (debian.tools) drawing;
    tools = debian.tools.development;
  };

  # The pages of docs/tutorials as HTML.
  tutorials = debian.build {
    name = "tutorials";
    script = ./tutorials.sh;
    source = ../..;
    inherit (debian.tools) documentation;
  };
}
