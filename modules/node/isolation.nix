# Machines see each other and nothing else: what DHCP on the first card offers leads nowhere.
{ lib, ... }:
{
  networking = {
    defaultGateway = lib.mkOverride 150 null;
    nameservers = lib.mkOverride 150 [ ];
    usePredictableInterfaceNames = false;
  };
}
