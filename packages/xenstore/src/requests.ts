import type { StorePermission, XenImageError } from '@xen-image/core';
import { payloadError, protocolError } from './errors.js';
import type { RequestRef } from './errors.js';
import { checkPath } from './path.js';
import { formatPermissions, parsePermission } from './permissions.js';
import type { Permission } from './permissions.js';
import { OP } from './operations.js';
import { joinStrings, PAYLOAD_MAX, payloadBytes, splitStrings } from './wire.js';
import type { OpName } from './operations.js';
import type { Payload } from './wire.js';

type Parser<T> = (bytes: Buffer, start: number, end: number) => T;

/** A request ready to be sent, and how its reply is read. */
export interface Request<T> extends RequestRef {
  readonly call: OpName;
  readonly payload: Payload;
  /** The payload's length on the wire. */
  readonly bytes: number;
  /**
   * Reads the payload of a successful reply: `bytes` from `start` to before `end`, during the call only.
   *
   * @throws XenImageError `XENSTORE_PROTOCOL` for a payload that is no answer to this request
   */
  readonly parse: Parser<T>;
  /** Whether "there is no such node" (`ENOENT`) is an answer, `undefined`, and no failure. */
  readonly mayBeAbsent?: boolean;
}

/** A request that may find nothing where it looks: the answer is then `undefined`, and no error is made of it. */
export function ifThere<T>(request: Request<T>): Request<T | undefined> {
  return { ...request, mayBeAbsent: true };
}

/** One part of a large directory (DIRECTORY_PART). */
export interface DirectoryPart {
  /** Changes whenever the directory changes. */
  readonly generation: string;
  /** Names that are whole in this part. */
  readonly names: readonly string[];
  /** Bytes of the list that this part covers. */
  readonly bytes: number;
  /** Whether the list ends with this part. */
  readonly last: boolean;
}

const FIRST_RESERVED_DOMID = 0x7ff0;
const TOKEN_MAX = 512;

function request<T>(call: OpName, path: string | undefined, payload: Payload, parse: Parser<T>): Request<T> {
  const bytes = payloadBytes(payload);
  if (bytes > PAYLOAD_MAX) throw payloadError({ call, path }, bytes, PAYLOAD_MAX);
  return { call, path, payload, bytes, parse };
}

/** The acknowledgement's text says nothing beyond the reply's type, and is not looked at. */
function acknowledged(): void {
  /* nothing to read */
}

function asText(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end);
}

/** Requests for one path: the payload is the path and one NUL. A second string there ends the C daemon of Xen 4.17. */
function onPath<T>(call: OpName, path: string, parse: Parser<T>): Request<T> {
  checkPath(path, 'node');
  return request(call, path, `${path}\0`, parse);
}

/** READ: the node's value as bytes. */
export function readBytesRequest(path: string): Request<Buffer> {
  return onPath('READ', path, (bytes, start, end) => Buffer.from(bytes.subarray(start, end)));
}

/** READ: the node's value as UTF-8 text. */
export function readRequest(path: string): Request<string> {
  return onPath('READ', path, asText);
}

/** WRITE: sets a value; makes the node and its parents where they are missing. */
export function writeRequest(path: string, value: string | Uint8Array): Request<void> {
  checkPath(path, 'node');
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) {
    throw new TypeError('a xenstore value must be a string or bytes');
  }
  const text = typeof value === 'string';
  return request(
    'WRITE',
    path,
    text ? `${path}\0${value}` : Buffer.concat([Buffer.from(`${path}\0`), value]),
    acknowledged,
  );
}

/** MKDIR: makes a node with an empty value where there is none. */
export function mkdirRequest(path: string): Request<void> {
  return onPath('MKDIR', path, acknowledged);
}

/** RM: removes a node and all below it. */
export function rmRequest(path: string): Request<void> {
  return onPath('RM', path, acknowledged);
}

/** DIRECTORY: the names of a node's children, as far as the daemon sends them in one reply. */
export function directoryRequest(path: string): Request<string[]> {
  return onPath('DIRECTORY', path, (bytes, start, end) => leafNames(splitStrings(bytes, start, end)));
}

/** DIRECTORY_PART: children from a byte offset of the list on. */
export function directoryPartRequest(path: string, offset: number): Request<DirectoryPart> {
  checkPath(path, 'node');
  return request('DIRECTORY_PART', path, joinStrings(path, String(offset)), (...reply) => {
    const [generation, ...strings] = splitStrings(...reply) ?? [];
    if (generation === undefined || !/^\d{1,20}$/.test(generation)) throw malformed('DIRECTORY_PART');
    const last = strings.at(-1) === '';
    const names = leafNames(last ? strings.slice(0, -1) : strings);
    if (names.length === 0 && !last) throw malformed('DIRECTORY_PART');
    return { generation, names, bytes: names.reduce((sum, name) => sum + name.length + 1, 0), last };
  });
}

/** GET_PERMS: a node's permissions. */
export function getPermsRequest(path: string): Request<StorePermission[]> {
  checkPath(path, 'special');
  return request('GET_PERMS', path, joinStrings(path), (...reply) => {
    const permissions = splitStrings(...reply)?.map(parsePermission) ?? [];
    if (permissions.length === 0 || !permissions.every((entry) => entry !== undefined)) throw malformed('GET_PERMS');
    return permissions;
  });
}

/** SET_PERMS: a node's permissions, all of them anew. */
export function setPermsRequest(path: string, permissions: readonly Permission[]): Request<void> {
  checkPath(path, 'special');
  return request('SET_PERMS', path, joinStrings(path, ...formatPermissions(permissions)), acknowledged);
}

/** WATCH: events for a path and all below it, under a token. */
export function watchRequest(path: string, token: string): Request<void> {
  return request('WATCH', path, watchPayload(path, token), acknowledged);
}

/** UNWATCH: ends what WATCH began. */
export function unwatchRequest(path: string, token: string): Request<void> {
  return request('UNWATCH', path, watchPayload(path, token), acknowledged);
}

function watchPayload(path: string, token: string): string {
  checkPath(path, 'special');
  if (token === '' || token.includes('\0') || token.length > TOKEN_MAX) {
    throw new TypeError(`a watch's token has 1 to ${TOKEN_MAX} characters and no NUL`);
  }
  return joinStrings(path, token);
}

/** TRANSACTION_START: the number of a new transaction. */
export function transactionStartRequest(): Request<number> {
  return request('TRANSACTION_START', undefined, joinStrings(''), (...reply) => {
    const [text = ''] = splitStrings(...reply) ?? [];
    const id = /^\d{1,10}$/.test(text) ? Number(text) : 0;
    if (id === 0 || id > 0xffffffff) throw malformed('TRANSACTION_START');
    return id;
  });
}

/** TRANSACTION_END: commits, or throws away. */
export function transactionEndRequest(commit: boolean): Request<void> {
  return request('TRANSACTION_END', undefined, joinStrings(commit ? 'T' : 'F'), acknowledged);
}

/** INTRODUCE: tells the daemon of a domain, its ring's frame and its event channel. */
export function introduceRequest(domid: number, frame: number | bigint, port: number): Request<void> {
  if (BigInt(frame) < 0n) throw new TypeError(`there is no frame ${frame}`);
  checkNumber('event channel port', port, 0xffffffff);
  return request('INTRODUCE', undefined, joinStrings(domidText(domid), String(frame), String(port)), acknowledged);
}

/** RELEASE: tells the daemon that a domain is gone. */
export function releaseRequest(domid: number): Request<void> {
  return request('RELEASE', undefined, joinStrings(domidText(domid)), acknowledged);
}

/** RESUME: lets the daemon announce the domain's next shutdown again. */
export function resumeRequest(domid: number): Request<void> {
  return request('RESUME', undefined, joinStrings(domidText(domid)), acknowledged);
}

/** GET_DOMAIN_PATH: the base of a domain's relative paths. */
export function getDomainPathRequest(domid: number): Request<string> {
  return request('GET_DOMAIN_PATH', undefined, joinStrings(domidText(domid)), (...reply) => {
    const [path = '', ...rest] = splitStrings(...reply) ?? [];
    if (rest.length > 0 || !/^\/[\w/-]{1,200}$/.test(path)) throw malformed('GET_DOMAIN_PATH');
    return path;
  });
}

/** IS_DOMAIN_INTRODUCED: whether the daemon talks to a domain. */
export function isDomainIntroducedRequest(domid: number): Request<boolean> {
  return request('IS_DOMAIN_INTRODUCED', undefined, joinStrings(domidText(domid)), (...reply) => {
    const [answer] = splitStrings(...reply) ?? [];
    if (answer !== 'T' && answer !== 'F') throw malformed('IS_DOMAIN_INTRODUCED');
    return answer === 'T';
  });
}

function domidText(domid: number): string {
  checkNumber('domid', domid, FIRST_RESERVED_DOMID - 1);
  return String(domid);
}

function checkNumber(what: string, value: number, most: number): void {
  if (!Number.isInteger(value) || value < 0 || value > most) {
    throw new TypeError(`a ${what} is an integer from 0 to ${most}, not ${String(value)}`);
  }
}

/** Children's names: they become parts of paths, so that nothing but a path's characters is let in. */
function leafNames(strings: readonly string[] | undefined): string[] {
  if (strings === undefined) throw malformed('DIRECTORY');
  for (const name of strings) if (!/^[\w@-]+$/.test(name)) throw malformed('DIRECTORY');
  return strings as string[];
}

function malformed(call: OpName): XenImageError {
  return protocolError(`its answer to ${call} is not well-formed`, { op: OP[call], call });
}
