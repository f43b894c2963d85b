/**
  One test, whose last subtest fails, of nodes in QEMU, of containers, and of nodes that are what the builder can run: the exit
  status, the subtests with their outcomes, and what is said of the failure are the same.

  Type: { debian } -> derivation
*/
{ debian }:
let
  test = {
    name = "three-ways";
    nodes = {
      server = {
        packages = [ "netcat-openbsd" ];
        services.greeter = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            ExecStart = "/bin/sh -c 'while :; do echo hello | nc -N -l 80; done'";
            Restart = "always";
          };
        };
      };
      client = { };
    };
    testScript = ''
      start_all()
      with subtest("the server is up"):
          server.wait_for_unit("greeter.service")
          server.wait_until_succeeds("ss -ltn | grep -q :80")
      with subtest("the client reads"):
          t.assertEqual(client.succeed("nc server 80 </dev/null"), "hello\n")
      with subtest("files are copied"):
          client.succeed("echo text >/tmp/file")
          client.copy_from_vm("/tmp/file", "")
          t.assertEqual((client.out_dir / "file").read_text(), "text\n")
      with subtest("a restart keeps files"):
          client.succeed("echo kept >/root/kept")
          client.reboot()
          t.assertEqual(client.succeed("cat /root/kept"), "kept\n")
      with subtest("what is wrong is told"):
          client.succeed("echo one; echo two >&2; exit 4")
    '';
  };
  others = import ./as-containers.nix test;
  report = test: "${(debian.runTest test).report}";
in
debian.build {
  name = "container-three-ways";
  script = ./three-ways.sh;
  qemu = report test;
  containers = report others.containers;
  auto = report others.auto;
}
