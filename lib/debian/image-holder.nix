/**
  The command that unpacks the images of containers, each once, and holds them while containers run.

  Type: { build, tools } -> [ machine, with `nspawn` if it can be a container ] -> [ string ], or null without containers
*/
{ build, tools }:
machines:
let
  inherit (builtins) concatMap elem filter foldl';
  holder = build {
    name = "debian-image-holder";
    script = ./image-holder.sh;
    hold = ./hold-images.sh;
    tools = tools.container;
  };
  once = foldl' (found: one: if elem one found then found else found ++ [ one ]) [ ];
  containers = filter (machine: machine ? nspawn) machines;
in
if containers == [ ] then
  null
else
  [ "${holder}/bin/hold-images" ] ++ once (concatMap (container: container.nspawn.archives) containers)
