/** Cuts a stream into messages, whatever the chunks that it comes in. */
export type Cutter = (chunk: Buffer) => readonly Buffer[];

/** Length of a xenstore frame's header: type, request, transaction and length, 32 bits each (`struct xsd_sockmsg`). */
export const HEADER_BYTES = 16;

function cutter(lengthOf: (buffered: Buffer) => number | undefined): Cutter {
  let buffered = Buffer.alloc(0);
  return (chunk) => {
    buffered = Buffer.concat([buffered, chunk]);
    const messages: Buffer[] = [];
    for (let length = lengthOf(buffered); length !== undefined; length = lengthOf(buffered)) {
      messages.push(buffered.subarray(0, length));
      buffered = buffered.subarray(length);
    }
    return messages;
  };
}

/** Frames of xenstore's protocol. */
export function cutFrames(): Cutter {
  return cutter((buffered) => {
    if (buffered.length < HEADER_BYTES) return undefined;
    const length = HEADER_BYTES + buffered.readUInt32LE(12);
    return buffered.length < length ? undefined : length;
  });
}

/** Lines of QMP. */
export function cutLines(): Cutter {
  return cutter((buffered) => {
    const end = buffered.indexOf('\n');
    return end === -1 ? undefined : end + 1;
  });
}
