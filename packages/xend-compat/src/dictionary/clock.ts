import { scalar, type Draft } from './draft.js';
import type { Dict, XendClock } from './input.js';
import { isTrue } from './python.js';
import { readExactInt } from './refused.js';

/** Seconds east of UTC in the host's zone now: the summer offset if summer time is in force. */
export function zoneOffsetSeconds({ isDst, altzoneWestSeconds, timezoneWestSeconds }: XendClock): number {
  return 0 - (isDst === 0 ? timezoneWestSeconds : altzoneWestSeconds);
}

/** The guest's clock: the zone counts where `localtime` is true as Python takes it, the text `0` among that. */
export function readClock(platform: Dict, clock: XendClock, draft: Draft): void {
  const configured = readExactInt(platform, 'rtc_timeoffset', 0);
  draft.offsetSeconds = configured + (isTrue(platform['localtime']) ? zoneOffsetSeconds(clock) : 0);
  draft.configuredOffset = { value: configured, spelling: scalar(platform['rtc_timeoffset'] ?? null) };
}
