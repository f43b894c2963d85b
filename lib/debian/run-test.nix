/**
  Turn machines and a script into a derivation: building it boots the machines and runs the script against them.

  Type: { name, nodes, testScript, ... } -> derivation, with passthru `report`, `repeat`, `driver`,
  `driverInteractive`, `nodes`, `config`

  Example: runTest { name = "ping"; nodes = { a = { }; b = { }; }; testScript = "a.succeed('ping -c 1 b')"; }
*/
{
  build,
  driverWith,
  images,
  machines,
  tools,
}:
{
  /** Part of the derivation's name, vm-test-run-NAME. */
  name,
  /** The machines: an attribute set of nodes, see docs/debian-nodes.md. */
  nodes,
  /** Python source, a file with it, or a function from `{ nodes }` to one of them. */
  testScript,
  /** Seconds the whole test may take. When they are over, every machine is ended and the test fails. */
  globalTimeout ? 3600,
  /** Whether the script is not searched for names that do not exist, unused imports and the like. */
  skipLint ? false,
  /** Whether the types in the script are not checked: words that no machine has, wrong arguments. */
  skipTypeCheck ? false,
  /** Whether the script can read text on screens: get_screen_text, wait_for_text. */
  enableOCR ? false,
  /** Whether a build stops at `breakpoint()` and after a failure, for a person to enter it. */
  enableDebugHook ? false,
  /** Seconds that such a stop lasts at most. */
  debugHookTimeout ? 3600,
  /** `enable`: whether root can log in by SSH without a password; `dump_machine_ssh()` says how. */
  sshBackdoor ? { },
  /**
    Options of the test that hold in addition when a person runs it, by `driverInteractive`: sets are merged, lists
    joined, anything else replaced.
  */
  interactive ? { },
  /** Whether KVM is used: "prefer" (when it works), "require" or "never". */
  acceleration ? "prefer",
  /**
    Whether a run that fails is a result like any other: kept in the store with its report, and not repeated until
    something changes. The test is then a small derivation over `.report`, which there is in any case.
  */
  keepFailures ? false,
  /**
    Kinds of trouble in machines that fail the test, such as "kernel-oops", "oom" or "failed-unit": all are in
    driver/test_driver/trouble/kinds.json. Trouble of other kinds is only told in the results.
  */
  failOn ? [ ],
  /** Whose meaning methods have where nixpkgs' driver differs: "rehearse" or "nixpkgs", see docs/nixos-nodes.md. */
  compatibility ? "rehearse",
  /** Further arguments of the driver, such as "--verbose" or "--github-actions". */
  extraDriverArgs ? [ ],
  /** Further attributes of the result. */
  passthru ? { },
  /** As in nixpkgs: a description, maintainers and so on. */
  meta ? { },
}@given:
let
  runTest = import ./run-test.nix {
    inherit
      build
      driverWith
      images
      machines
      tools
      ;
  };
  inherit (builtins)
    attrNames
    attrValues
    concatMap
    concatStringsSep
    elem
    isFunction
    isInt
    isString
    listToAttrs
    map
    mapAttrs
    match
    replaceStrings
    toJSON
    ;

  fail = message: throw "rehearse: test `${toString name}`: ${message}";

  checkedName =
    if isString name && match "[A-Za-z0-9+._?=-]+" name != null then
      name
    else
      fail "`name` is part of a store path: letters, digits and + - . _ ? = only.";

  nodeNames =
    let
      names = attrNames nodes;
      problems = (import ../shared/machine-names.nix).problems names;
    in
    if !builtins.isAttrs nodes then
      fail "`nodes` is an attribute set of machines."
    else if names == [ ] then
      fail "`nodes` is empty: a test has at least one machine."
    else if problems != [ ] then
      fail (concatStringsSep "\n" problems)
    else
      names;

  evaluated = machines {
    sshBackdoor =
      if !builtins.isAttrs sshBackdoor || removeAttrs sshBackdoor [ "enable" ] != { } then
        fail "`sshBackdoor` is an attribute set with `enable`."
      else
        checkedBool "sshBackdoor.enable" (sshBackdoor.enable or false);
    nodes = listToAttrs (
      map (node: {
        name = node;
        value = nodes.${node};
      }) nodeNames
    );
    acceleration = checkedAcceleration;
  };

  script = if isFunction testScript then testScript { nodes = evaluated; } else testScript;
  checkedScript =
    if isString script then
      script
    else if builtins.isPath script then
      builtins.readFile script
    else
      fail "`testScript` is Python source, a file, or a function from { nodes } to one of them, but it is a ${builtins.typeOf script}.";
  checkedTimeout =
    if isInt globalTimeout && globalTimeout > 0 then
      globalTimeout
    else
      fail "`globalTimeout` is a positive number of seconds.";

  policies = [
    "prefer"
    "require"
    "never"
  ];
  debugFlags =
    if !(isInt debugHookTimeout && debugHookTimeout > 0) then
      fail "`debugHookTimeout` is a positive number of seconds."
    else
      flagsOf "enableDebugHook"
        "--debug-hook-attach ${driver}/bin/nixos-test-attach --debug-hook-timeout ${toString debugHookTimeout}"
        enableDebugHook;
  checkedAcceleration =
    if elem acceleration policies then
      acceleration
    else
      fail "`acceleration` is one of ${concatStringsSep ", " policies}, but ${toJSON acceleration} was given.";

  checkedBool =
    option: value: if builtins.isBool value then value else fail "`${option}` is true or false.";
  flagsOf =
    option: flag: value:
    if checkedBool option value then flag else "";
  checkFlags = "${flagsOf "skipLint" "--skip-lint" skipLint} ${flagsOf "skipTypeCheck" "--skip-type-check" skipTypeCheck}";
  scriptCheck = build (
    common
    // {
      name = "check-script-${checkedName}";
      script = ../shared/check-script.sh;
      # Only the names in them count: without their context, no image is built for the check.
      configuration = builtins.unsafeDiscardStringContext common.configuration;
      testScript = builtins.unsafeDiscardStringContext common.testScript;
      inherit checkFlags;
    }
  );

  vlans = builtins.sort builtins.lessThan (
    attrNames (
      listToAttrs (
        map (vlan: {
          name = toString vlan;
          value = vlan;
        }) (concatMap (node: node.vlans) (attrValues evaluated))
      )
    )
  );

  kinds = attrNames (import ../shared/trouble-kinds.nix);
  checkedFailOn =
    if builtins.isList failOn && builtins.all (kind: elem kind kinds) failOn then
      failOn
    else
      fail "`failOn` is a list of kinds of trouble: ${concatStringsSep ", " kinds}${
        if builtins.isList failOn && builtins.all isString failOn then ", but ${toJSON failOn} was given" else ""
      }.";

  meanings = import ../shared/compatibility.nix;
  checkedCompatibility =
    if elem compatibility meanings then
      compatibility
    else
      fail "`compatibility` is one of ${concatStringsSep ", " meanings}, but ${
        if isString compatibility then toJSON compatibility else "a ${builtins.typeOf compatibility}"
      } was given.";

  canRead = checkedBool "enableOCR" enableOCR;
  driver = driverWith (if canRead then tools.recognition else tools.host);

  configuration = {
    schema_version = 1;
    name = checkedName;
    # Where the script lies is known when it is built in; see test-files.sh.
    test_script = "@test_script@";
    test_script_source = import ../shared/script-source.nix script;
    global_timeout_seconds = checkedTimeout;
    fail_on = checkedFailOn;
    compatibility = checkedCompatibility;
    acceleration = {
      policy = checkedAcceleration;
      kernel = "${images.kernel "trixie"}/vmlinux";
      qemu = "${tools.host}/bin/qemu-system-x86_64";
    };
    vlans = map builtins.fromJSON vlans;
    machines = mapAttrs (_: node: node.driverMachine) evaluated;
  }
  // (if canRead then { tesseract = "${tools.recognition}/bin/tesseract"; } else { });

  common = {
    inherit driver;
    files = ../shared/test-files.sh;
    passAsFile = [
      "configuration"
      "testScript"
    ];
    configuration = toJSON configuration;
    testScript = checkedScript;
  };
  # Words for a shell.
  flags =
    if builtins.isList extraDriverArgs && builtins.all isString extraDriverArgs then
      concatStringsSep " " (map (text: "'${replaceStrings [ "'" ] [ "'\\''" ] text}'") extraDriverArgs)
    else
      fail "`extraDriverArgs` is a list of arguments for the driver.";
  program =
    more:
    build (
      common
      // {
        name = "nixos-test-driver";
        script = ../shared/test-program.sh;
        flags = "${flags} ${more}";
      }
    )
    // {
      meta.mainProgram = "nixos-test-driver";
    };

  run =
    attributes:
    build (
      common
      // {
        script = ../shared/run-test.sh;
        inherit checkFlags;
        flags = "${flags} ${debugFlags}";
        requiredSystemFeatures = if checkedAcceleration == "require" then [ "kvm" ] else [ ];
      }
      // attributes
    );
  # One run of the test. Those of `repeat` differ by a number and nothing else.
  runs =
    suffix: attributes:
    let
      # It builds whether the test passes or not.
      report = run ({ name = "vm-test-report-${checkedName}${suffix}"; keepFailure = "1"; } // attributes);
    in
    {
      inherit report;
      test =
        if checkedBool "keepFailures" keepFailures then
          build {
            name = "vm-test-run-${checkedName}${suffix}";
            script = ../shared/check-report.sh;
            inherit report;
            reportDerivation = builtins.unsafeDiscardStringContext report.drvPath;
          }
        else
          run ({ name = "vm-test-run-${checkedName}${suffix}"; } // attributes);
    };
  inherit (runs "" { }) report test;
in
test
// passthru
// {
  inherit
    meta
    report
    scriptCheck
    test
    ;
  /** Further runs: `repeat 3` has three, and `repeat."1"` to `repeat."1000"` are attributes. */
  repeat = import ../shared/repeat.nix { name = checkedName; } (
    number:
    let
      again = runs "-repeat-${number}" { repetition = number; };
    in
    again.test // { inherit meta; inherit (again) report; }
  );
  nodes = evaluated;
  config = configuration // {
    test_script = checkedScript;
  };
  /** The driver with this test, that runs it when called: bin/nixos-test-driver. */
  driver = program debugFlags;
  /** The same with a Python prompt. */
  driverInteractive =
    if !builtins.isAttrs interactive then
      fail "`interactive` is an attribute set of options of the test."
    else if interactive == { } then
      program "--interactive"
    else
      (runTest (import ./merge.nix (removeAttrs given [ "interactive" ]) interactive)).driverInteractive;
}
