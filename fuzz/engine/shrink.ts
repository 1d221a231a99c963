/** How long a failing input is made smaller. */
const SHRINK_MS = 3000;

/** A smaller input that still fails, found by leaving pieces out. */
export async function shrink(input: Buffer, fails: (input: Buffer) => Promise<boolean>): Promise<Buffer> {
  const end = Date.now() + SHRINK_MS;
  let smallest = input;
  for (let piece = Math.ceil(smallest.length / 2); piece >= 1; piece = piece === 1 ? 0 : Math.ceil(piece / 2)) {
    for (let at = 0; at < smallest.length;) {
      if (Date.now() > end) return smallest;
      const without = Buffer.concat([smallest.subarray(0, at), smallest.subarray(at + piece)]);
      if (await fails(without)) smallest = without;
      else at += piece;
    }
  }
  return smallest;
}
