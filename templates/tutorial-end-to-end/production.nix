# The server as it runs in production: hostName -> a node.
hostName: {
  packages = [
    "nginx"
    "openssl"
    "python3"
  ];

  files = {
    "/srv/ledger".source = ./programs;

    "/etc/nginx/sites-available/default" = ''
      server {
        listen 80;
        server_name ${hostName};
        include snippets/tls.conf;
        include ledger.d/*.conf;
        location /api/ {
          proxy_pass http://127.0.0.1:8000;
        }
      }
    '';

    # Everybody is sent to HTTPS.
    "/etc/nginx/snippets/tls.conf" = ''
      listen 443 ssl;
      ssl_certificate /etc/letsencrypt/live/${hostName}/fullchain.pem;
      ssl_certificate_key /etc/letsencrypt/live/${hostName}/privkey.pem;
      if ($scheme = http) {
        return 301 https://$host$request_uri;
      }
    '';
  };

  services.ledger = {
    description = "Ledger of deposits, transfers and withdrawals";
    after = [ "network-online.target" ];
    requires = [ "network-online.target" ];
    wantedBy = [ "multi-user.target" ];
    environment = {
      LEDGER_CHAIN_ADDRESS = "http://127.0.0.1:11101";
      LEDGER_CONTRACT_HASH = "0000000000000000000000000000000000000000000000000000000000000000";
      LEDGER_SYNC_SECONDS = 30;
    };
    serviceConfig = {
      DynamicUser = true;
      ExecStart = "/usr/bin/python3 /srv/ledger/ledger.py";
    };
  };
}
