/** The options that xen-image does something with; all others in the catalogue are known, and reported as not used. */
export const USED_OPTIONS: ReadonlySet<string> = new Set(
  // identity and life
  (
    'name uuid type builder on_poweroff on_reboot on_crash on_watchdog ' +
    // memory and processors
    'memory maxmem shadow_memory vcpus maxvcpus superpages hap cpuid cpuid_check vhpt ' +
    // boot
    'kernel ramdisk cmdline root extra features loader bootloader boot firmware_override bios_path_override bios ' +
    // platform
    'acpi apic pae xen_platform_pci xen_extended_power_mgmt mmio_hole localtime rtc_timeoffset isa guest_os_type ' +
    // devices
    'disk vif vfb fda fdb soundhw usb usbdevice serial monitor ' +
    // display
    'videoram stdvga vga nographic keymap vnc vncdisplay vnclisten vncpasswd vncunused vncconsole sdl opengl display ' +
    'xauthority ' +
    // device model
    'device_model device_model_version device_model_override device_model_args device_model_args_pv ' +
    'device_model_args_hvm device_model_user dm_restrict'
  ).split(' '),
);
