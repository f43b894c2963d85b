/**
  Checks that boot nothing: linters, formatters, types, unit tests, evaluation.

  Type: { debian } -> { <check> = derivation; }
*/
{ debian }:
let
  inherit (builtins)
    elem
    elemAt
    path
    split
    stringLength
    substring
    ;

  # What the longest of these checks looks at, in the root of the project: a change of anything else does not build it again.
  parts.unit-tests-driver = [
    "README.md"
    "docs"
    "driver"
    "lib"
  ];
  root = ../..;
  partOf = file: elemAt (split "/" (substring (stringLength (toString root) + 1) (-1) file)) 0;
  sourceOf =
    name:
    if parts ? ${name} then
      path {
        name = "source";
        path = root;
        filter = file: _: elem (partOf file) parts.${name};
      }
    else
      root;

  check =
    name:
    debian.build {
      inherit name;
      script = ./${name}.sh;
      library = ./with-shell.sh;
      source = sourceOf name;
      tools = debian.tools.development;
      inherit (debian.tools) image nix ruff;
    };

  # What checks pages needs the parser of Sphinx' pages, and the linter of prose.
  pagesCheck =
    name:
    debian.build {
      inherit name;
      script = ./${name}.sh;
      source = ../..;
      inherit (debian.tools) documentation nix;
      tools = debian.tools.development;
      wheels = debian.tools.wheelModules {
        names = [ "proselint" ];
        tree = debian.tools.documentation;
      };
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

  /** The site, which is the flake's package `docs`. */
  docs = debian.build {
    name = "docs";
    script = ./site.sh;
    source = ../..;
    inherit (debian.tools) documentation;
  };

  pages = pagesCheck "pages";
  prose = pagesCheck "prose";
  unit-tests-pages = pagesCheck "unit-tests-pages";
}
