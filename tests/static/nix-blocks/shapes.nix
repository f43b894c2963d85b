/**
  A block of Nix of a page, evaluated: the derivations of the tests in it, by the shape that its attributes show.

  `block` is a function from the names that pages use without a definition. A block about NixOS machines takes a nixpkgs;
  without one, only its shape is looked at.

  Type: { block :: names -> value; isFragment, isNixos :: bool; nixpkgs :: string or null } -> { shape; derivations }
*/
{
  block,
  isFragment,
  isNixos,
  nixpkgs,
}:
let
  inherit (builtins)
    all
    any
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    head
    isAttrs
    tail
    toJSON
    ;
  source = ../../..;
  system = "x86_64-linux";
  flatTests = import (source + "/lib/flat-tests.nix");
  options = import (source + "/lib/options");

  # The names.
  tree =
    if nixpkgs == null then
      throw "the block takes a nixpkgs, but NIXOS in tests/static/nix_blocks.py takes it for one about Debian machines; extend that expression"
    else
      /. + nixpkgs;
  pkgs = import tree {
    inherit system;
    config = { };
    overlays = [ ];
  };
  lib = import (tree + "/lib");
  flakes = rec {
    nixpkgs = {
      inherit lib;
      outPath = tree;
      legacyPackages.${system} = pkgs;
    };
    rehearse = (import (source + "/flake.nix")).outputs {
      inherit nixpkgs;
      self = rehearse;
    } // {
      outPath = source;
    };
  };
  inherit (flakes) rehearse;
  names = flakes // {
    inherit lib pkgs system;
    inputs = flakes;
    # A test that another block of the page, or the reader, has made, and a node that a tutorial has.
    test = debianTest { };
    production = { };
  };
  given = block names;
  attributes = if isAttrs given then attrNames given else [ ];
  has = name: elem name attributes;

  # Tests around what a block leaves out.
  complete =
    content:
    { testScript = ""; }
    // (if content ? nodes || content ? containers then { } else {
      nodes = {
        machine = { };
        server = { };
        client = { };
      };
    })
    // content;
  debianTest =
    content:
    rehearse.lib.debian.runTest (
      { name = "block"; }
      // (if content ? tests then removeAttrs (complete content) [ "testScript" ] else complete content)
    );
  nixosTest =
    content:
    rehearse.lib.runTest {
      imports = [ (complete content) ];
      name = lib.mkOverride 1400 "block";
      hostPkgs = lib.mkOverride 1400 pkgs;
    };
  test = if isNixos then nixosTest else debianTest;
  # With the driver of the prompt, if it is another.
  withPrompt =
    made: if given ? interactive then [ made made.driverInteractive ] else made;

  # flake-parts, as far as the module takes it.
  perSystem =
    module:
    lib.mkOption {
      type = lib.types.submoduleWith {
        modules = [
          module
          {
            options = lib.genAttrs [ "checks" "legacyPackages" ] (
              _: lib.mkOption { type = lib.types.lazyAttrsOf lib.types.raw; }
            );
            config._module.args = { inherit pkgs; };
          }
        ];
      };
    };
  withFlakeParts =
    module:
    (lib.evalModules {
      modules = [
        rehearse.flakeModules.default
        module
      ];
      specialArgs.flake-parts-lib.mkPerSystemOption = perSystem;
    }).config.perSystem.checks;

  # The first that fits counts. `tests` are derivations, lists of them, or trees.
  shapes = [
    {
      name = "a test that is made";
      fits = given.type or null == "derivation";
      tests = given;
    }
    {
      name = "outputs of a flake";
      fits = has "outputs" || has "checks";
      tests =
        let
          made = (given.outputs or (_: given)) (flakes // { self = made; });
        in
        made.checks;
    }
    {
      name = "the module of flake-parts";
      fits = has "perSystem";
      tests = withFlakeParts given;
    }
    {
      name = "packages with the overlay";
      fits = has "pkgs";
      tests = given.pkgs.testers.runNixOSTest (complete { name = "block"; });
    }
    {
      name = "a function for tests";
      fits = has "runTest";
      tests = given.runTest (complete { name = "block"; });
    }
    {
      name = "options of a test";
      fits = any (name: options.test-debian ? ${name} || options.test-nixos ? ${name}) attributes;
      tests = withPrompt (test given);
    }
    {
      name = "a NixOS configuration";
      fits = isNixos && any has [ "boot" "environment" "networking" "nix" "services" "virtualisation" ];
      tests = test { nodes.machine = given; };
    }
    {
      name = "machines of a test";
      fits = isFragment && attributes != [ ] && all isAttrs (attrValues given);
      tests = test { nodes = given; };
    }
    {
      name = "runs of a test";
      fits = attributes != [ ] && all (one: one.type or null == "derivation") (attrValues given);
      tests = given;
    }
  ];
  # No shape after it is asked: that could evaluate the block.
  firstFitting =
    list:
    if list == [ ] then
      null
    else if (head list).fits then
      head list
    else
      firstFitting (tail list);
  fitting = firstFitting shapes;
  shape =
    if fitting == null then
      throw "it has the attributes ${toJSON attributes}, and none of the shapes that are evaluated: ${
        concatStringsSep ", " (map (one: one.name) shapes)
      }. Write it as one of these, add a shape to tests/static/nix-blocks/shapes.nix, or name it with a reason in NOT_EVALUATED of tests/static/nix_blocks.py"
    else
      fitting;
  derivations =
    tests:
    if builtins.isList tests then
      concatMap derivations tests
    else
      map (leaf: leaf.value.drvPath) (flatTests "block" tests);
in
{
  shape = shape.name;
  derivations = if isNixos && nixpkgs == null then [ ] else derivations shape.tests;
}
