import type { SupervisedDomain, SupervisionEvent, WatchedDeviceModel } from '@xen-image/core';
import { visible } from './visible.js';

function domainOf({ name, domid }: SupervisedDomain | WatchedDeviceModel): string {
  return domid < 0 ? visible(name) : `${visible(name)} (domid ${domid})`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}

/** A supervisor's event in a line. */
export function supervisionLine(event: SupervisionEvent): string {
  switch (event.event) {
    case 'supervising':
      return `watching ${count(event.domains, 'domain')} and ${count(event.deviceModels, 'device model')}`;
    case 'device-model-watched': {
      const how = event.adopted ? 'is watched again' : 'is watched';
      return `${domainOf(event.model)}: the device model (pid ${event.model.pid}) ${how}`;
    }
    case 'device-model-died': {
      const so = event.crashed ? '; the domain is marked crashed' : '';
      return `${domainOf(event.model)}: device model failure: ${visible(event.message)}; see ${visible(event.model.logPath)}${so}`;
    }
    case 'device-model-stopped':
      return `${domainOf(event.model)}: the device model was stopped`;
    case 'device-model-unwatchable':
      return `${domainOf(event.model)}: the device model (pid ${event.model.pid}) cannot be watched and is left alone: ${visible(event.why)}`;
    case 'domain-shutdown':
      return `${domainOf(event.domain)}: shut down (${event.reason}), action ${event.action}`;
    case 'domain-destroyed':
      return `${domainOf(event.domain)}: destroyed`;
    case 'domain-restarted':
      return `${domainOf(event.domain)}: started again, in place of ${domainOf(event.before)}`;
    case 'domain-preserved':
      return `${domainOf(event.domain)}: stays as it is (${event.reason})`;
    case 'domain-gone':
      return `the domain ${event.uuid} is gone`;
    case 'restart-refused': {
      const { domain, restarts, withinMs } = event;
      return `${domainOf(domain)}: not started again after ${count(restarts, 'restart')} within ${Math.round(withinMs / 1000)} s`;
    }
    case 'failed':
      return `${domainOf(event.domain)}: error [${visible(event.error.code)}]: ${visible(event.error.message)}`;
  }
}

/** The last lines that a device model wrote, or that went with an error. */
export function supervisionSaid(event: SupervisionEvent): readonly string[] {
  if (event.event === 'device-model-died') return event.said.map(visible);
  return event.event === 'failed' ? (event.error.said ?? []).map(visible) : [];
}

/** The same as plain data. */
export function supervisionJson(event: SupervisionEvent): Readonly<Record<string, unknown>> {
  return event.event === 'failed' ? { ...event, error: event.error.toJSON() } : { ...event };
}
