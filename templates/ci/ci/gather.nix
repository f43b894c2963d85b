# What the shards in a folder came to: for gather.sh.
{ results }:
let
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    filter
    foldl'
    fromJSON
    groupBy
    head
    length
    listToAttrs
    map
    mapAttrs
    pathExists
    readDir
    readFile
    replaceStrings
    toJSON
    toString
    ;

  read = file: fromJSON (readFile file);
  entries = readDir results;
  shards = filter (name: entries.${name} == "directory") (attrNames entries);
  files = name: filter pathExists (map (shard: "${results}/${shard}/${name}") shards);

  tests = concatMap (file: (read file).tests) (files "html/suite.json");
  byVerdict = groupBy (test: test.verdict) tests;
  unsuccessful = filter (test: test.verdict != "passed") tests;
  ran = map (test: test.name) tests;
  missing = filter (name: !elem name ran) (read "${results}/expected.json");

  # Of each test, from the shard that knows most runs of it.
  timings = map (file: (read file).tests) (files "timings.json");
  newest =
    known: one: if length one.runs > length known.runs then one else known;
  merged = foldl' (
    all: shard: all // mapAttrs (name: one: newest (all.${name} or { runs = [ ]; }) one) shard
  ) { } timings;

  cell = replaceStrings [ "|" "\n" "<" ] [ "\\|" " " "&lt;" ];
  row = test: "| ${test.verdict} | ${cell test.name} | ${cell (test.headline or "")} |\n";
  counts = attrValues (mapAttrs (verdict: all: "${toString (length all)} ${verdict}") byVerdict);
  inNoShard = "in the results of no shard: ${concatStringsSep ", " missing}";
in
{
  summary =
    "${toString (length tests)} tests in ${toString (length shards)} shards: ${concatStringsSep ", " counts}\n"
    + (if missing == [ ] then "" else "\n**${inNoShard}**\n")
    + (
      if unsuccessful == [ ] then
        ""
      else
        "\n| verdict | test | why |\n| --- | --- | --- |\n" + concatStringsSep "" (map row unsuccessful)
    );

  timings = toJSON {
    version = 1;
    tests = merged;
  };

  # Empty if all tests of the flake passed, or are flaky.
  problem = concatStringsSep "; " (
    filter (text: text != "") [
      (if missing == [ ] then "" else inNoShard)
      (
        let
          bad = filter (test: test.verdict != "flaky") unsuccessful;
        in
        if bad == [ ] then
          ""
        else
          "did not pass: ${concatStringsSep ", " (map (test: "${test.name} (${test.verdict})") bad)}"
      )
    ]
  );
}
