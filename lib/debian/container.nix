/**
  The start script of a container of Debian, `run-NAME-nspawn`, over the images that its attributes ask for.

  Type: { build, images, tools } -> { name, container, identity, interfaces } -> derivation, with `archives`, the images that it needs
*/
{
  build,
  images,
  tools,
}:
{
  name,
  container,
  identity,
  interfaces,
}:
let
  inherit (builtins) concatStringsSep map;
  parts = import ./root-parts.nix { inherit images; } {
    inherit name;
    node = container // {
      rootFilesystem = "overlay";
      diskSize = 2048;
    };
    packages = container.packages;
  };
  root = images.container {
    name = "debian-container-image";
    fileSystem = parts.root;
    isWhole = true;
  };
  layer = images.container {
    name = "debian-container-layer-${name}";
    fileSystem = parts.layer;
    isWhole = false;
  };
  archives = (if parts.layer == null then [ ] else [ "${layer}/root.tar" ]) ++ [ "${root}/root.tar" ];
  address = value: prefix: if value == null then "-" else "${value}/${prefix}";
in
build {
  name = "run-${name}-nspawn";
  script = ./container.sh;
  head = ./program-head.sh;
  run = ./run-container.sh;
  start = ../shared/start-container.sh;
  make_root = ./container-root.sh;
  machine = name;
  interfaces = concatStringsSep "\n" (
    map (
      interface:
      "${interface.name} ${toString interface.vlan} ${interface.mac} ${address interface.ipv4 "24"} ${address interface.ipv6 "64"}"
    ) interfaces
  );
  images = concatStringsSep " " archives;
  identity = "${identity}/identity";
  tools = tools.container;
}
// {
  inherit archives;
}
