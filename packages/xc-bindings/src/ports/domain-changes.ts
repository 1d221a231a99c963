import type { DomainChanges, DomainIdentity } from '@xen-image/core';
import { allDomains } from '../calls/domain-list.js';
import type { XcHandle } from '../library/handle.js';
import { uuidText } from './uuid.js';

/** Numbers of 32 bits for each domain: its domid, with {@link DYING} while it dies, then the four of its UUID. */
const WORDS = 5;
const DYING = 0x8000_0000;
const DOMID = 0xffff;
/** Room for domains that have come since the last look. */
const SPARE = 16;

/** All domains at a look, by ascending domid: 20 bytes for each, so that thousands are remembered and compared at once. */
interface Seen {
  readonly words: Uint32Array;
  readonly count: number;
}

/**
 * What has changed since an earlier look. Xen can only be asked for all domains: what tells one from another, its domid, its UUID
 * and whether it dies, is compared as the bytes that Xen has answered, and nothing is made for those that are as they were.
 */
export async function domainChanges(xc: XcHandle, since?: object): Promise<DomainChanges> {
  const before = isSeen(since) ? since : undefined;
  const now = await look(xc, before?.count ?? 0);
  if (before === undefined) {
    const domains = Array.from({ length: now.count }, (_, index) => identityAt(now.words, index * WORDS));
    return { mark: now, complete: true, domains, gone: [] };
  }
  const { domains, gone } = compare(before, now);
  return { mark: domains.length + gone.length === 0 ? before : now, complete: false, domains, gone };
}

function isSeen(mark: object | undefined): mark is Seen {
  return mark !== undefined && 'words' in mark && mark.words instanceof Uint32Array;
}

async function look(xc: XcHandle, expected: number): Promise<Seen> {
  const { constants, structs } = xc.abi;
  const { size, fields } = structs.domainInfo;
  const [domid] = fields.domain;
  const [flags] = fields.flags;
  const [handle] = fields.handle;
  let words: Uint32Array = new Uint32Array(WORDS * (expected + SPARE));
  let end = 0;
  for await (const { infos, count } of allDomains(xc, expected + SPARE)) {
    words = withRoom(words, end, WORDS * count);
    const view = new DataView(infos.buffer, infos.byteOffset, infos.byteLength);
    for (let base = 0; base < size * count; base += size) {
      const dying = (view.getUint32(base + flags, true) & constants.infoDying) !== 0;
      const uuid = base + handle;
      words[end] = view.getUint16(base + domid, true) + (dying ? DYING : 0);
      words[end + 1] = view.getUint32(uuid);
      words[end + 2] = view.getUint32(uuid + 4);
      words[end + 3] = view.getUint32(uuid + 8);
      words[end + 4] = view.getUint32(uuid + 12);
      end += WORDS;
    }
  }
  return { words, count: end / WORDS };
}

/** The same words, or a copy at least twice as long where `more` have no room behind the first `used`. */
function withRoom(words: Uint32Array, used: number, more: number): Uint32Array {
  if (used + more <= words.length) return words;
  const larger = new Uint32Array(Math.max(2 * words.length, used + more));
  larger.set(words);
  return larger;
}

function compare(before: Seen, now: Seen): Pick<DomainChanges, 'domains' | 'gone'> {
  const domains: DomainIdentity[] = [];
  const gone: number[] = [];
  const old = before.words;
  const oldEnd = before.count * WORDS;
  let oldAt = 0;
  const goneBelow = (domid: number): void => {
    for (; oldAt < oldEnd && domidAt(old, oldAt) < domid; oldAt += WORDS) gone.push(domidAt(old, oldAt));
  };
  for (let at = 0; at < now.count * WORDS; at += WORDS) {
    const domid = domidAt(now.words, at);
    goneBelow(domid);
    const there = oldAt < oldEnd && domidAt(old, oldAt) === domid;
    if (!there || !isSame(old, oldAt, now.words, at)) domains.push(identityAt(now.words, at));
    if (there) oldAt += WORDS;
  }
  goneBelow(Infinity);
  return { domains, gone };
}

function domidAt(words: Uint32Array, at: number): number {
  return (words[at] ?? 0) & DOMID;
}

function isSame(old: Uint32Array, oldAt: number, words: Uint32Array, at: number): boolean {
  for (let word = 0; word < WORDS; word += 1) if (old[oldAt + word] !== words[at + word]) return false;
  return true;
}

function identityAt(words: Uint32Array, at: number): DomainIdentity {
  const [first = 0, ...uuid] = words.subarray(at, at + WORDS);
  const hex = uuid.map((word) => word.toString(16).padStart(8, '0')).join('');
  return { domid: first & DOMID, uuid: uuidText(hex), dying: first >= DYING };
}
