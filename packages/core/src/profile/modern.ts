import { readModern } from '../config/modern/read.js';
import { definePlugin } from '../contract/plugin.js';
import type { Profile } from '../contract/profile.js';
import { MODERN_POLICY } from './modern-policy.js';
import { modernDomainRecords, modernRecords } from './modern-records.js';

/** xl.cfg(5) as it is meant today, least-privilege records, qemu-xen. */
export const modernProfile: Profile = {
  name: 'modern',
  description: "xl.cfg(5)'s meanings, today's overheads, least-privilege records, qemu-xen",
  policy: MODERN_POLICY,
  dialect: 'qemu-xen',
  readText: readModern,
  records: modernRecords,
  domainRecords: modernDomainRecords,
  refuses: (arch) =>
    arch === 'ia64'
      ? {
          code: 'PROFILE_REFUSES',
          message: 'no Xen of today runs on ia64',
          hint: 'Plan ia64 guests under the xend profile: --profile xend.',
        }
      : undefined,
};

/** The plugin that brings the `modern` profile; every toolstack has it. */
export const modernProfilePlugin = definePlugin({
  name: '@xen-image/core',
  contract: 1,
  register(context) {
    context.profile(modernProfile);
  },
});
