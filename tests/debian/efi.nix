# A machine that boots by EFI, and the variables of its firmware, written and read while it is off.
let
  vendor = "a19f72f8-b554-4bd7-a0c2-2762bd854691";
in
{
  name = "debian-efi";
  nodes.machine = {
    efi = true;
    packages = [ "e2fsprogs" ];
  };
  testScript = ''
    import uuid

    from test_driver.efi import EfiGuid, EfiVariable
    from test_driver.errors import RequestedAssertionFailed

    vendor = uuid.UUID("${vendor}")
    file = "/sys/firmware/efi/efivars/Demo-${vendor}"

    with subtest("a store that is made for the machine, before its first start"):
        machine.create_efi_vars()
        t.assertEqual(machine.read_efi_vars(), [])
        machine.write_efi_vars([EfiVariable(vendor_uuid=vendor, name="Demo", data=b"\x2a")])

    with subtest("the guest reads and writes it"):
        t.assertEqual(machine.succeed(f"od -An -t x1 {file}").split(), ["07", "00", "00", "00", "2a"])
        machine.succeed(f"chattr -i {file}; printf '\\7\\0\\0\\0\\53' > {file}")
        with t.assertRaisesRegex(RequestedAssertionFailed, "machine: its EFI variables belong to its firmware while"):
            machine.read_efi_vars()

    with subtest("what the guest wrote is read when it is off"):
        machine.shutdown()
        machine.dump_efi_vars()
        found = {(one.vendor_uuid, one.name): one for one in machine.read_efi_vars()}
        t.assertEqual(found[vendor, "Demo"].data, b"\x2b")
        # What the firmware wrote itself makes sense, too.
        t.assertIn((EfiGuid.gEfiGlobalVariableGuid, "BootOrder"), found)

    with subtest("a machine without its disks and variables is as new"):
        machine.cleanup_statedir()
        machine.start()
        machine.fail(f"test -e {file}")
  '';
}
