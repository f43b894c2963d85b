/**
  The ports of the host that are forwarded more than once: each can lead to one port of one machine only.

  Type: [ { proto, host :: { address, port } } ] -> [ string ], each like `tcp 127.0.0.1:8080`

  Example: import ./forwarded-ports.nix [ rule rule ] == [ "tcp 127.0.0.1:8080" ]
*/
rules:
let
  inherit (builtins)
    any
    attrValues
    concatMap
    elem
    groupBy
    head
    length
    map
    ;
  everywhere = [
    ""
    "0.0.0.0"
  ];
  shown = rule: "${rule.proto} ${rule.host.address}:${toString rule.host.port}";
  addresses = map (rule: rule.host.address);
  # An address of the host and all addresses of the host are in each other's way.
  clashes =
    group:
    length group > 1
    && (
      any (address: elem address everywhere) (addresses group)
      || any (same: length same > 1) (attrValues (groupBy (rule: "a${rule.host.address}") group))
    );
in
concatMap (group: if clashes group then [ (shown (head group)) ] else [ ]) (
  attrValues (groupBy (rule: "${rule.proto}:${toString rule.host.port}") rules)
)
