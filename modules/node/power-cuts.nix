# Whether what the machine writes is logged: the driver does it, the machine knows nothing of it.
{ lib, ... }:
{
  options.virtualisation.powerCuts = lib.mkOption {
    type = lib.types.bool;
    default = false;
    example = true;
    description = ''
      Logs what the machine writes to its disks, so that `power_cut()` can undo what was not flushed. The log takes
      as much room as all that is written while the machine is on, and the disks are copied at each start.
    '';
  };
}
