/**
  What tells a NixOS machine of a test from the snapshot that it begins from: name, hosts, cards, forwarded ports.

  Type: { lib } -> { machine, saved :: NixOS configuration } -> { cards, forwards, onBoot, onRestore }
*/
{ lib }:
{ machine, saved }:
let
  inherit (machine.networking) hostName;
  inherit (machine.virtualisation.test) nodeName nodeNumber;
  ownMac = (import ../shared/addresses.nix { } nodeName nodeNumber).mac;
  cards = import ./interfaces.nix { inherit lib; } machine;

  missing = have: lib.filter (one: !lib.elem one have);
  # In the terms of `ip`: what the machine has on a card, and the snapshot has not.
  addresses =
    card:
    let
      of = kind: configuration: configuration.networking.interfaces.${card.name}.${kind}.addresses or [ ];
    in
    map ({ address, prefixLength, ... }: "${address}/${toString prefixLength}") (
      lib.concatMap (kind: missing (of kind saved) (of kind machine)) [
        "ipv4"
        "ipv6"
      ]
    );

  ownHosts = lib.concatLists (
    lib.mapAttrsToList (
      address: names:
      let
        own = missing (saved.networking.hosts.${address} or [ ]) names;
      in
      lib.optional (own != [ ]) "${address} ${lib.concatStringsSep " " own}"
    ) machine.networking.hosts
  );
  neighbours = missing (lib.splitString "\n" saved.networking.extraHosts) (
    lib.splitString "\n" machine.networking.extraHosts
  );

  become =
    newMachineId:
    import ../shared/warm-identity.nix {
      hostName = if hostName == "" then machine.system.name else hostName;
      hosts = lib.concatStringsSep "\n" (ownHosts ++ neighbours);
      interfaces = map (card: {
        inherit (card) name;
        mac = ownMac card.vlan;
        addresses = addresses card;
      }) cards;
      # Its card asks for its address, and that is the same in every machine.
      hasUserNetwork = false;
      inherit newMachineId;
    };

  # systemd-networkd takes away what its files do not say, when it is started.
  networkd = lib.concatMapStrings (
    card:
    let
      folder = "/run/systemd/network/40-${card.name}.network.d";
      lines = map (address: "Address=${address}\n") (addresses card);
    in
    ''
      mkdir -p ${folder}
      cat >${folder}/rehearse.conf <<'END'
      [Network]
      ${lib.concatStrings lines}END
    ''
  ) (lib.optionals saved.networking.useNetworkd cards);

  # Addresses and routes that the machine's definition gives are gone when a card was down: their units give them again.
  # systemd-networkd does so itself.
  hasOwn =
    { ipv4, ipv6, ... }: ipv4.addresses ++ ipv4.routes ++ ipv6.addresses ++ ipv6.routes != [ ];
  ofCards = lib.filterAttrs (
    name: interface: lib.any (card: card.name == name) cards && hasOwn interface
  ) saved.networking.interfaces;
  gateways = lib.filter (gateway: gateway != null) [
    saved.networking.defaultGateway
    saved.networking.defaultGateway6
  ];
  units = lib.optionals (!saved.networking.useNetworkd) (
    map (name: "network-addresses-${name}.service") (lib.attrNames ofCards)
    ++ lib.optional (gateways != [ ]) "network-setup.service"
  );
in
{
  /** Its cards on the networks of the test, in the order in which they are plugged in. */
  inherit cards;

  /** QEMU's arguments for the ports of the host that lead to it. */
  forwards = lib.concatMapStringsSep "," (
    rule:
    "hostfwd=${rule.proto}:${rule.host.address}:${toString rule.host.port}-${rule.guest.address}:${toString rule.guest.port}"
  ) (missing saved.virtualisation.forwardPorts machine.virtualisation.forwardPorts);

  /** The script that a machine runs when it boots the saved system: $1 is the time. */
  onBoot = (become false).script + networkd;

  /** What the driver does in a machine that begins from the snapshot: { script, identity }, as in its configuration. */
  onRestore =
    let
      whole = become machine.testing.warmStart.newMachineId;
    in
    {
      script =
        whole.script
        + networkd
        + lib.optionalString (units != [ ]) "systemctl restart ${lib.concatStringsSep " " units}\n";
      # Whatever is more than that is for the script to do.
      identity = if units == [ ] && networkd == "" then whole.identity else null;
    };
}
