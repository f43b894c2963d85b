/**
  A test of Debian nodes whose nodes are something else: containers, or whatever is there.

  Type: { name, nodes, testScript, ... } -> { containers, auto } -> two tests

  The memory of a node is no limit that its container would need.
*/
test:
let
  inherit (builtins) mapAttrs;
  withoutMemory = mapAttrs (_: node: removeAttrs node [ "memorySize" ]) test.nodes;
in
{
  containers =
    removeAttrs test [ "nodes" ]
    // {
      name = "${test.name}-containers";
      containers = withoutMemory;
    };
  auto = test // {
    name = "${test.name}-auto";
    nodes = mapAttrs (_: node: node // { backend = "auto"; }) test.nodes;
  };
}
