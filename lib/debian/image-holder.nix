/**
  The command that unpacks the images of containers, each once, and holds them while containers run.

  Type: { build, tools } -> [ container with `nspawn` ] -> [ string ]
*/
{ build, tools }:
containers:
let
  inherit (builtins) concatMap elem foldl';
  holder = build {
    name = "debian-image-holder";
    script = ./image-holder.sh;
    hold = ./hold-images.sh;
    tools = tools.container;
  };
  once = foldl' (found: one: if elem one found then found else found ++ [ one ]) [ ];
in
[ "${holder}/bin/hold-images" ] ++ once (concatMap (container: container.nspawn.archives) containers)
