# A machine whose kernel panics in the middle of a wait: the wait ends at once, and names machine and cause.
{
  name = "kernel-panic";
  nodes.machine = { };
  testScript = ''
    machine.succeed("sysctl -w kernel.panic=0")
    machine.execute("(sleep 2; echo c > /proc/sysrq-trigger) >/dev/null 2>&1 &", check_output=False)
    machine.wait_for_file("/never", timeout=600)
  '';
  status = 1;
  messages = [
    "machine.*panicked"
    "Kernel panic - not syncing: sysrq triggered crash"
    "wait_for_file"
    "kernel-panic failed, in [0-9]{1,2}\\."
  ];
  seen = [
    "MachinePanicked: machine: the kernel of the guest panicked: .*sysrq triggered crash"
    "Line 3 of the script"
    "machine: waiting for file \"/never\""
    "end of the console"
  ];
  # A guest that has panicked is asked nothing; its screen and console are the host's.
  evidence = [
    "machine/console.txt"
    "machine/machine.txt"
    "machine/screen.png"
  ];
}
