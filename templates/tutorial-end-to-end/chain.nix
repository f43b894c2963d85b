# A chain for tests: a node, and a oneshot that makes wallets and deploys the contract of the ledger.
rec {
  port = 11101;
  directory = "/var/lib/chain";

  files = {
    "/usr/local/bin/chain-client" = {
      mode = "0755";
      text = ''
        #!/bin/sh
        exec /usr/bin/python3 /srv/ledger/chain_client.py "$@"
      '';
    };
    # The wallets are for everybody: they are the test's.
    "/etc/nginx/ledger.d/users.conf" = ''
      location /chain/users/ {
        alias ${directory}/users/;
        autoindex on;
      }
    '';
  };

  services = {
    chain = {
      description = "Node of the chain";
      serviceConfig.ExecStart = "/usr/bin/python3 /srv/ledger/chain.py ${toString port}";
      wantedBy = [ "multi-user.target" ];
    };
    chain-setup = {
      description = "Wallets and the contract on the chain";
      after = [ "chain.service" ];
      requires = [ "chain.service" ];
      serviceConfig = {
        Type = "oneshot";
        RemainAfterExit = true;
        StateDirectory = "chain";
        ExecStart = "/usr/bin/python3 /srv/ledger/chain_setup.py --node-address http://127.0.0.1:${toString port} ${directory}";
      };
      wantedBy = [ "multi-user.target" ];
    };
  };
}
