/** Every case, in the order of their run. */
import type { Case } from '../case.js';
import { channelCases } from './channel.js';
import { commandCases } from './commands.js';
import { embedCases } from './embed.js';
import { deviceModelKillCases } from './device-model-kills.js';
import { deviceModelStateCases } from './device-model-state.js';
import { dom0MemoryCases, faultCases } from './faults.js';
import { figureCases } from './figures.js';
import { guestCases } from './guests.js';
import { hostCases } from './host.js';
import { ownHvmCases } from './own-hvm.js';
import { ownPvCases } from './own-pv.js';
import { panicCases } from './panic.js';
import { permissionCases } from './permissions.js';
import { recoveryCases } from './recovery.js';
import { refusalCases } from './refusals.js';
import { restrictCases } from './restrict.js';
import { soakCases } from './soak.js';
import { superviseCases } from './supervise.js';
import { thirdPartyCases } from './third-party.js';
import { togetherCases } from './together.js';
import { witnessCases } from './witness.js';

/** All cases; a new file's cases are added here. */
export const cases: readonly Case[] = [
  ...hostCases,
  ...channelCases,
  ...guestCases,
  ...ownPvCases,
  ...ownHvmCases,
  ...commandCases,
  ...figureCases,
  ...refusalCases,
  ...permissionCases,
  ...witnessCases,
  ...togetherCases,
  ...soakCases,
  ...recoveryCases,
  ...restrictCases,
  ...deviceModelStateCases,
  ...deviceModelKillCases,
  ...faultCases,
  ...dom0MemoryCases,
  ...superviseCases,
  ...thirdPartyCases,
  ...embedCases,
  ...panicCases,
];
