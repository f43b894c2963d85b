/**
  What the pages `docs/options-*.md` say: their options in order, with the description of their types.

  Type: [ { page, title, introduction :: string; sections :: [ { title :: string; options :: [ { name, type, description, ... } ] } ] } ]

  `docs/generate-options.py` makes Markdown of it.
*/
let
  inherit (builtins)
    attrNames
    concatMap
    filter
    intersectAttrs
    map
    ;
  types = import ./types.nix;
  options = import ./.;

  isPublic = option: !(option.isInternal or false);
  entries =
    kinds: prefix: all:
    concatMap (
      name:
      let
        option = all.${name};
        path = prefix + name;
        inner = types.options option.type;
      in
      if !isPublic option then
        [ ]
      else
        [
          (
            {
              name = path;
              type = (types.described option.type).one;
              inherit (option) description;
              inherit kinds;
              isRequired = option.required or false;
            }
            // intersectAttrs {
              default = null;
              defaultText = null;
              example = null;
              exampleText = null;
            } option
          )
        ]
        ++ (if inner == null then [ ] else entries kinds "${path}${types.below option.type}." inner)
    ) (attrNames all);

  common = import ./test/common.nix;
  without = all: removeAttrs all (attrNames common);
in
[
  {
    page = "test";
    title = "Options of a test";
    introduction = "A test is an attribute set of options for `lib.debian.runTest`, or a module with options for `lib.runTest`.";
    sections = [
      {
        title = "Options of every test";
        options = entries "tests of Debian machines and of NixOS machines" "" common;
      }
      {
        title = "Options of tests of NixOS machines";
        options = entries "tests of NixOS machines" "" (without options.test-nixos);
      }
      {
        title = "Options of tests of Debian machines";
        options = entries "tests of Debian machines" "" (without options.test-debian);
      }
    ];
  }
  {
    page = "debian-node";
    title = "Options of a Debian node";
    introduction = "A Debian node is an attribute set of these options: `nodes.<name>` of `lib.debian.runTest`, or `debian.<name>` of a test of NixOS machines. [debian-nodes.md](debian-nodes.md) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "" options.debian-node;
      }
    ];
  }
  {
    page = "debian-container";
    title = "Options of a Debian container";
    introduction = "A Debian container is an attribute set of these options: `containers.<name>` of `lib.debian.runTest`. [containers.md](containers.md) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "" options.debian-container;
      }
    ];
  }
  {
    page = "node";
    title = "Options of a NixOS machine in QEMU";
    introduction = "A machine of `nodes` is a NixOS configuration. It has the options of NixOS, those of NixOS' module for machines in QEMU (`virtualisation.memorySize`, `virtualisation.vlans` and others), and these. [nixos-nodes.md](nixos-nodes.md) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "" options.node;
      }
    ];
  }
  {
    page = "container";
    title = "Options of a NixOS container";
    introduction = "A machine of `containers` is a NixOS configuration. It has the options of NixOS, and these. [containers.md](containers.md) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "" options.container;
      }
    ];
  }
  {
    page = "flake-module";
    title = "Options of the module of flake-parts";
    introduction = "`flakeModules.default` adds these options to a flake that uses flake-parts. [nixos-nodes.md](nixos-nodes.md#ways-in) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "perSystem." options.flake-module;
      }
    ];
  }
  {
    page = "host";
    title = "Options of a host that runs tests";
    introduction = "`nixosModules.admission` adds these options to the NixOS configuration of a host. [admission.md](admission.md) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "" options.host;
      }
    ];
  }
  {
    page = "suite";
    title = "Attributes of a suite";
    introduction = "`lib.suite` takes an attribute set of these. [suites.md](suites.md#a-suite) is the guide.";
    sections = [
      {
        title = "";
        options = entries "" "" options.suite;
      }
    ];
  }
]
