/** Bytes a page. */
export const PAGE_BYTES = 4096;
export const MIB_BYTES = 1024 ** 2;
export const FOUR_GIB = 4 * 1024 ** 3;

/** The hole of a guest without emulator: the last 64 MiB below 4 GiB. */
export const HOLE = { startBytes: FOUR_GIB - 64 * MIB_BYTES, sizeBytes: 64 * MIB_BYTES } as const;

/** Pages that the builder sets up for rings and tables: eight, which end 64 KiB below 4 GiB's last MiB. */
export const SPECIAL = { addressBytes: 0xfeff8000, pages: 8 } as const;

/** Where the RSDP stands, on a page of its own; the tables begin on the page behind it. */
export const RSDP_ADDRESS = HOLE.startBytes;
export const TABLES_ADDRESS = RSDP_ADDRESS + PAGE_BYTES;
