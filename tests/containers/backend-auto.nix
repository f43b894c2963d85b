# Nodes that are machines in QEMU where KVM works, and else containers, beside a container: without KVM, all of them are containers.
{
  name = "container-backend-auto";
  acceleration = "never";
  globalTimeout = 300;
  nodes = {
    web = {
      backend = "auto";
      packages = [ "nginx" ];
      files."/var/www/html/index.html" = "a page\n";
      memorySize = 256;
    };
    client = {
      backend = "auto";
      packages = [ "curl" ];
      vlans = [
        1
        2
      ];
    };
  };
  containers.box.vlans = [ 2 ];
  testScript = ''
    start_all()
    with subtest("the nodes are containers"):
        for machine in machines:
            t.assertEqual(machine.succeed("systemd-detect-virt").strip(), "systemd-nspawn")
        t.assertEqual(machines_nspawn, machines)
        t.assertEqual([choice.machine for choice in driver.backends], ["client", "web"])
    with subtest("a node has what its definition says"):
        web.wait_for_unit("nginx", timeout=60)
        web.wait_for_open_port(80, timeout=60)
        t.assertEqual(client.succeed("curl --silent --fail http://web/"), "a page\n")
        client.succeed("ping -c 1 -W 10 box && ping -6 -c 1 -W 10 web")
        web.fail("ping -c 1 -W 1 box")
    with subtest("it stands still, and goes on"):
        with web.pause():
            client.fail("curl --silent --max-time 1 http://web/")
        client.succeed("curl --silent --fail http://web/")
    with subtest("it boots again with the files that it wrote"):
        web.succeed("echo kept >/etc/kept")
        web.shutdown()
        web.start()
        t.assertEqual(web.succeed("cat /etc/kept"), "kept\n")
  '';
}
