// Nodes hold bytes. They are kept as texts of one character a byte, which a file can hold as they are.

const BEYOND_ASCII = /[^\x00-\x7f]/;

/** The bytes of a text in UTF-8, one character a byte. */
export function toBytes(text: string): string {
  return BEYOND_ASCII.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** The text that bytes stand for in UTF-8. */
export function fromBytes(bytes: string): string {
  return BEYOND_ASCII.test(bytes) ? Buffer.from(bytes, 'latin1').toString('utf8') : bytes;
}
