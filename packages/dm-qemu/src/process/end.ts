import type { DeviceModelEnd } from '@xen-image/core';

/** An end in words, with xend's facts. */
export function endText(pid: number, end: DeviceModelEnd): string {
  switch (end.how) {
    case 'exited':
      return end.status === 0 ? `pid ${pid}: exited` : `pid ${pid}: exited with nonzero status ${end.status}`;
    case 'signal':
      return `pid ${pid}: died due to signal ${end.signal}`;
    case 'sentinel-closed':
      return `pid ${pid}: malfunctioning (closed sentinel), killed`;
    case 'unknown':
      return `pid ${pid}: ended; it was no child of this process, so its status is not known`;
  }
}
