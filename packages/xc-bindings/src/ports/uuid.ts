/** The 16 bytes of a UUID in canonical text form, as Xen keeps them in a domain's handle. */
export function uuidBytes(uuid: string): Buffer {
  const bytes = Buffer.from(uuid.replaceAll('-', ''), 'hex');
  if (bytes.length !== 16) throw new TypeError(`${JSON.stringify(uuid)} is no UUID`);
  return bytes;
}

/** The canonical text form of a UUID's 32 hexadecimal digits. */
export function uuidText(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
