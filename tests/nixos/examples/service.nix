# A service from end to end: in the test, its production machine gets no certificates, and a chain of its own.
{ pkgs, ... }:
let
  ledger = pkgs.writeShellScriptBin "ledger" ''
    exec ${pkgs.python3}/bin/python3 ${./ledger.py} "$@"
  '';

  # The service, as its project has it.
  ledgerModule =
    { config, lib, ... }:
    let
      cfg = config.services.ledger;
    in
    {
      options.services.ledger = {
        chainUrl = lib.mkOption {
          type = lib.types.str;
          description = "Address of a node of the chain.";
        };
        contractHash = lib.mkOption {
          type = lib.types.str;
          description = "Hash of the contract, 64 hexadecimal digits.";
        };
        port = lib.mkOption {
          type = lib.types.port;
          default = 8000;
          description = "TCP port on this machine, behind nginx.";
        };
      };
      config.systemd.services.ledger = {
        wantedBy = [ "multi-user.target" ];
        environment.LEDGER_CONTRACT_HASH = cfg.contractHash;
        serviceConfig = {
          Type = "notify";
          NotifyAccess = "all";
          ExecStart = "${lib.getExe ledger} serve ${cfg.chainUrl} ${toString cfg.port}";
        };
      };
    };

  # The machine on which it runs in production.
  mkLedgerHost =
    hostName:
    { config, ... }:
    {
      imports = [ ledgerModule ];
      networking = {
        inherit hostName;
        firewall.allowedTCPPorts = [
          80
          443
        ];
      };
      security.acme = {
        acceptTerms = true;
        defaults.email = "admin@example.org";
      };
      services.nginx = {
        enable = true;
        virtualHosts.${hostName} = {
          forceSSL = true;
          enableACME = true;
          locations."/".proxyPass = "http://127.0.0.1:${toString config.services.ledger.port}";
        };
      };
    };

  # A chain for tests: its service is active when the contract has been deployed.
  chainModule =
    { config, lib, ... }:
    let
      cfg = config.services.chain;
    in
    {
      options.services.chain = {
        enable = lib.mkEnableOption "a chain for tests";
        port = lib.mkOption {
          type = lib.types.port;
          default = 11101;
          description = "TCP port of its node, on this machine.";
        };
        workingDirectory = lib.mkOption {
          type = lib.types.path;
          default = "/var/lib/chain";
          description = "Folder with the hash of the contract, and with the keys of users. nginx serves the keys.";
        };
      };
      config = lib.mkIf cfg.enable {
        systemd.services.chain = {
          wantedBy = [ "multi-user.target" ];
          serviceConfig = {
            Type = "notify";
            NotifyAccess = "all";
            StateDirectory = "chain";
            ExecStart = "${lib.getExe ledger} chain ${cfg.workingDirectory} ${toString cfg.port}";
          };
        };
        services.nginx.virtualHosts.${config.networking.hostName}.locations."/chain/users/" = {
          alias = "${cfg.workingDirectory}/users/";
          extraConfig = "autoindex on;";
        };
      };
    };
in
{
  name = "service";

  nodes = {
    server =
      { config, lib, ... }:
      {
        imports = [
          (mkLedgerHost "ledger")
          chainModule
        ];

        virtualisation.cores = 4;
        virtualisation.memorySize = 4096;

        # No authority issues a certificate to a machine in a test.
        services.nginx.virtualHosts.${config.networking.hostName} = {
          forceSSL = lib.mkForce false;
          enableACME = lib.mkForce false;
        };

        # The script asks the chain what has become of a deploy.
        environment.systemPackages = [ ledger ];

        services.chain.enable = true;

        services.ledger = {
          chainUrl = "http://localhost:${toString config.services.chain.port}";
          # It must have a value. The hash that counts is known when the chain has started, see below.
          contractHash = "0000000000000000000000000000000000000000000000000000000000000000";
        };
        systemd.services.ledger = {
          after = [
            "network-online.target"
            "chain.service"
          ];
          requires = [
            "network-online.target"
            "chain.service"
          ];
          serviceConfig.ExecStart = lib.mkForce (
            pkgs.writeShellScript "start-ledger" ''
              export LEDGER_CONTRACT_HASH=$(cat "${config.services.chain.workingDirectory}/contracts/ledger_hash")
              exec ${lib.getExe ledger} serve ${config.services.ledger.chainUrl} ${toString config.services.ledger.port}
            ''
          );
        };
      };

    client =
      { pkgs, ... }:
      {
        environment.systemPackages = [
          pkgs.wget
          ledger
        ];
      };
  };

  extraPythonPackages = p: [ p.backoff ];

  testScript =
    { nodes }:
    let
      chain = "http://localhost:${toString nodes.server.config.services.chain.port}";
      # Where wget puts what it fetches.
      users = "ledger/chain/users";
    in
    ''
      import json
      import backoff

      def is_executed(deploy):
          results = deploy.get("result", {}).get("execution_results", [])
          return any("Success" in one.get("result", {}) for one in results)

      @backoff.on_exception(backoff.expo, Exception, max_tries=5, jitter=backoff.full_jitter)
      def wait_until_executed(deploy_hash):
          # The server by its host name.
          deploy = json.loads(ledger.succeed(f"ledger get-deploy ${chain} {deploy_hash}"))
          assert is_executed(deploy), f"not executed yet: {deploy}"

      @backoff.on_exception(backoff.expo, Exception, max_tries=5, jitter=backoff.full_jitter)
      def wait_for_transaction(query, amount):
          transactions = json.loads(client.succeed(f"ledger fetch http://ledger '{query}'"))
          assert any(one["amount"] == str(amount) for one in transactions), f"{query}: {amount} is not in {transactions}"

      start_all()

      ledger.wait_for_unit("chain.service")
      ledger.wait_for_unit("ledger.service")
      ledger.wait_for_unit("nginx.service")
      ledger.wait_for_open_port(80)
      client.wait_for_unit("multi-user.target")

      # The keys that the chain has made: the client signs with them.
      client.succeed("wget --no-parent --recursive http://ledger/chain/users/")
      depositor = client.succeed("cat ${users}/user-2/public_key_hex")
      beneficiary = client.succeed("cat ${users}/user-3/public_key_hex")

      with subtest("deposit"):
          deploy_hash = client.succeed("ledger deposit http://ledger ${users}/user-2/secret_key.pem 3000000000").strip()
          assert int(deploy_hash, 16), f"no hash of a deploy: {deploy_hash}"
          wait_until_executed(deploy_hash)
          wait_for_transaction(f"type=deposit&sender={depositor}", 3000000000)

      with subtest("transfer"):
          output = client.succeed(f"ledger transfer http://ledger ${users}/user-2/secret_key.pem 1000 {beneficiary}")
          assert "The transfer was accepted\n" in output, f"not accepted: {output}"

      with subtest("data availability"):
          wait_for_transaction(f"type=transfer&recipient={beneficiary}", 1000)

      with subtest("withdrawal"):
          output = client.succeed("ledger withdraw http://ledger ${users}/user-3/secret_key.pem 800")
          assert "The withdrawal was accepted\n" in output, f"not accepted: {output}"
          wait_for_transaction(f"type=withdrawal&sender={beneficiary}", 800)

      with subtest("a withdrawal of more than the balance is refused"):
          client.fail("ledger withdraw http://ledger ${users}/user-3/secret_key.pem 201")
    '';
}
