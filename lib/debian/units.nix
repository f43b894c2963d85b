/**
  The systemd units of a node, with nixpkgs' names for them.

  Type: { <name> = service; } -> [ { name, text, links } ]

  Example: units { web = { wantedBy = [ "multi-user.target" ]; serviceConfig.ExecStart = "/usr/bin/true"; }; }
*/
services:
let
  inherit (builtins)
    attrNames
    concatLists
    concatStringsSep
    isBool
    isList
    map
    replaceStrings
    ;

  value = v: if isBool v then (if v then "true" else "false") else toString v;
  setting =
    name: v:
    if isList v then concatStringsSep "\n" (map (one: "${name}=${value one}") v) else "${name}=${value v}";
  section =
    title: settings:
    if settings == { } then
      ""
    else
      "[${title}]\n${
        concatStringsSep "\n" (map (name: setting name settings.${name}) (attrNames settings))
      }\n\n";

  list =
    name: names: if names == [ ] then { } else { ${name} = concatStringsSep " " names; };
  quote = text: "\"${replaceStrings [ "\\" "\"" "%" "\n" ] [ "\\\\" "\\\"" "%%" "\\n" ] text}\"";

  unit =
    name:
    let
      service = services.${name};
      file = (import ./unit-names.nix).fileName name;
      environment = map (variable: quote "${variable}=${toString service.environment.${variable}}") (
        attrNames service.environment
      );
      linksIn = kind: map (target: "${target}.${kind}/${file}");
    in
    {
      name = file;
      text =
        if service.text != null then
          service.text
        else
          section "Unit" (
            (if service.description == null then { } else { Description = service.description; })
            // list "After" service.after
            // list "Before" service.before
            // list "Requires" service.requires
            // list "Wants" service.wants
            // service.unitConfig
          )
          + section "Service" (
            (if environment == [ ] then { } else { Environment = environment; }) // service.serviceConfig
          );
      links = linksIn "wants" service.wantedBy ++ linksIn "requires" service.requiredBy;
    };
in
map unit (attrNames services)
