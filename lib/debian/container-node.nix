/**
  A container's attributes, checked against their data in lib/options/debian-container, with the defaults of those that were not given.

  Type: name -> container as the user wrote it -> container with every attribute
*/
let
  inherit (builtins) attrNames filter head isAttrs;

  checked = import ../options/checked.nix {
    noun = "attribute";
    options = import ../options/debian-container;
  };
  refused = import ../options/debian-container/refused.nix;
in
name: given:
let
  what = "container `${name}`";
  impossible = filter (attribute: refused ? ${attribute}) (if isAttrs given then attrNames given else [ ]);
  container = checked what given;
in
if impossible != [ ] then
  throw "rehearse: ${what}: `${head impossible}` cannot be set: ${refused.${head impossible}} Leave it out, or make the machine one of `nodes`."
else
  container // import ./contents.nix what container
