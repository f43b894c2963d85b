/**
  What one node adds to its packages: files, systemd units and users, as a small erofs image laid over theirs.

  Type: { build, packages, tools } -> { name, files, services, users, image } -> derivation with `layer.erofs` and `tree/`
*/
{ build, tools, ... }:
{
  name,
  files,
  services,
  users,
  image,
}:
let
  inherit (builtins)
    attrNames
    attrValues
    concatLists
    concatStringsSep
    map
    stringLength
    ;
  units = import ./units.nix;

  # One entry a file: where it lies, its mode, and its content as text or as a path to copy.
  entries =
    map (path: {
      inherit path;
      inherit (files.${path}) mode;
      content = files.${path};
    }) (attrNames files)
    ++ map (unit: {
      path = "/etc/systemd/system/${unit.name}";
      mode = "0644";
      content = { inherit (unit) text; };
    }) (units services);

  # For write-files.pl: one list of all files, because each process of the build is given every environment variable.
  record =
    {
      path,
      mode,
      content,
    }:
    let
      text = content.text or "";
      source = if content ? source then "${content.source}" else "-";
    in
    "${mode}\t${toString (stringLength text)}\t${source}\t${path}\n${text}\n";
in
build {
    name = "debian-layer-${name}";
    script = ./overlay-image.sh;
    writeFiles = ./write-files.pl;
    passAsFile = [
      "files"
      "links"
      "accounts"
    ];
    files = concatStringsSep "" (map record entries);
    links = concatStringsSep "\n" (concatLists (map (unit: unit.links) (units services)));
    accounts = concatStringsSep "\n" (attrValues ((import ./accounts.nix).lines users));
    tools = tools.image;
    inherit image;
}
