# Three members of an etcd cluster, a, b and c. `environment` is added to that of etcd.
environment:
let
  member = {
    packages = [
      "curl"
      "etcd-server"
    ];
    memorySize = 384;
    powerCuts = true;
    warmStart = true;
    services.etcd = {
      description = "a member of the cluster of a, b and c";
      wantedBy = [ "multi-user.target" ];
      # It is known by the machine's name, which the machine that is saved has not got yet.
      unitConfig.ConditionHost = "!machine";
      environment = {
        ETCD_DATA_DIR = "/var/lib/etcd/cluster";
        ETCD_INITIAL_CLUSTER = "a=http://a:2380,b=http://b:2380,c=http://c:2380";
        ETCD_LISTEN_PEER_URLS = "http://0.0.0.0:2380";
        ETCD_LISTEN_CLIENT_URLS = "http://0.0.0.0:2379";
        # In milliseconds: emulated machines take their time.
        ETCD_HEARTBEAT_INTERVAL = 200;
        ETCD_ELECTION_TIMEOUT = 2000;
      }
      // environment;
      serviceConfig = {
        Type = "notify";
        # Not %H, which systemd looks up when it reads this file.
        ExecStart = "/bin/sh -c 'name=$(hostname); exec etcd --name $name --initial-advertise-peer-urls http://$name:2380 --advertise-client-urls http://$name:2379'";
        Restart = "always";
      };
    };
  };
in
{
  a = member;
  b = member;
  c = member;
}
