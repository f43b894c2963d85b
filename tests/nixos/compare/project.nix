/**
  What two frameworks must agree on for the tests of a project, as data.

  Type: { tree, project, inputs, attribute, ask, paths } -> { <path> = answer; }

  A project is a flake (a folder with `flake.nix`), a folder with `default.nix`, a folder of files, or a file. Files are
  tests, test modules, sets of either, or functions to those from what `arguments` below has.
*/
{
  tree,
  project,
  inputs ? { },
  attribute ? "",
  ask,
  paths,
}:
let
  system = "x86_64-linux";
  pkgs = import tree {
    inherit system;
    config = { };
    overlays = [ ];
  };
  inherit (pkgs) lib;

  # What the flake of a nixpkgs offers, for a tree that may have no `flake.nix`.
  nixpkgs = {
    outPath = toString tree;
    inputs = { };
    lib = pkgs.lib.extend (
      final: _: {
        nixos = import (tree + "/nixos/lib") { lib = final; };
        nixosSystem =
          arguments:
          import (tree + "/nixos/lib/eval-config.nix") (
            {
              lib = final;
              system = null;
            }
            // arguments
          );
      }
    );
    legacyPackages = lib.genAttrs lib.systems.flakeExposed (
      name:
      if name == system then
        pkgs
      else
        import tree {
          system = name;
          config = { };
          overlays = [ ];
        }
    );
    nixosModules = {
      notDetected = tree + "/nixos/modules/installer/scan/not-detected.nix";
      readOnlyPkgs = tree + "/nixos/modules/misc/nixpkgs/read-only.nix";
    };
  };
  given = { inherit nixpkgs; } // inputs;

  arguments = {
    inherit lib nixpkgs pkgs system;
    inputs = given;
  };

  load =
    path:
    let
      content = import path;
      named = builtins.functionArgs content;
      # `{ nixosTest, ... }:` is a function that `pkgs.callPackage` calls.
      wanted = if named == { } then arguments else builtins.intersectAttrs named (pkgs // arguments);
      isModule = named ? config || named ? nodes || named ? hostPkgs;
    in
    if !lib.isFunction content then
      content
    else if isModule then
      { testScript = null; }
    else
      content wanted;

  test =
    path: content:
    if lib.isAttrs content && !lib.isDerivation content && content ? testScript then
      (import (tree + "/nixos/lib") { inherit lib; }).runTest {
        imports = [ path ];
        hostPkgs = pkgs;
      }
    else
      content;

  fromFile = path: test path (load path);

  files = lib.mapAttrs' (file: _: lib.nameValuePair (lib.removeSuffix ".nix" file) (fromFile (project + "/${file}"))) (
    lib.filterAttrs (file: kind: kind == "regular" && lib.hasSuffix ".nix" file) (builtins.readDir project)
  );

  flake = import ./load-flake.nix {
    folder = project;
    inherit given;
  };
  path = lib.splitString "." (if attribute == "" then "checks.${system}" else attribute);

  tests =
    if lib.hasSuffix ".nix" (toString project) then
      fromFile project
    else if builtins.pathExists (project + "/flake.nix") then
      lib.attrByPath path (throw "the flake ${toString project} has no ${lib.concatStringsSep "." path}: it has ${
        lib.concatStringsSep ", " (builtins.attrNames flake.outputs)
      }; write --attribute PATH") flake.outputs
    else if builtins.pathExists (project + "/default.nix") then
      fromFile (project + "/default.nix")
    else
      files;

  facts = import ./test-facts.nix {
    inherit lib;
    whole = true;
  };

  isTest = value: lib.isAttrs value && (value ? testScriptString || value.config or null ? testScriptString);
  isSet = value: lib.isAttrs value && !lib.isDerivation value && !isTest value;
  noTests = [
    "override"
    "overrideDerivation"
    "recurseForDerivations"
    "__functor"
  ];

  answers = {
    # What lies below a set of tests; null for all else.
    below = value: if isSet value then builtins.attrNames (removeAttrs value noTests) else null;
    facts = value: if isTest value then facts (if value ? testScriptString then value else value.config) else "no test";
  };
in
lib.listToAttrs (
  map (path: lib.nameValuePair (lib.concatStringsSep "." path) (answers.${ask} (lib.getAttrFromPath path tests))) paths
)
