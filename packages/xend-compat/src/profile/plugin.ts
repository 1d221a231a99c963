import { definePlugin, type Plugin, type Profile } from '@xen-image/core/plugin';
import { XEND_POLICY } from './policy.js';
import { xendRecords } from './records.js';
import { xendDomainRecords } from './domain-records.js';
import { readXendText } from '../text/read-text.js';

/** How xend did things, in 2009, at the changeset that its image handlers were recorded at. */
export const xendProfile: Profile = {
  name: 'xend',
  description: 'as xend did it in 2009: its figures, its order, its records and permissions, its qemu-dm',
  policy: XEND_POLICY,
  dialect: 'qemu-xen-traditional',
  readText: readXendText,
  records: xendRecords,
  domainRecords: xendDomainRecords,
  refuses(arch, imageType) {
    if (imageType !== 'pv') return undefined;
    return {
      code: 'HANDLER_UNKNOWN',
      message: `unknown image type: ${imageType} (arch ${arch})`,
      hint: 'xend called it linux.',
    };
  },
};

/** The `xend` profile as a plugin. */
export const xendProfilePlugin: Plugin = definePlugin({
  name: '@xen-image/xend-compat',
  contract: 1,
  register(context) {
    context.profile(xendProfile);
  },
});
