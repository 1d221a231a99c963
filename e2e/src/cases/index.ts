/** Every case, in the order of their run. */
import type { Case } from '../case.js';
import { channelCases } from './channel.js';
import { createCases } from './create.js';
import { guestCases } from './guests.js';
import { hostCases } from './host.js';
import { panicCases } from './panic.js';

/** All cases; a new file's cases are added here. */
export const cases: readonly Case[] = [...hostCases, ...channelCases, ...guestCases, ...createCases, ...panicCases];
