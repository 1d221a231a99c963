import { describe, expect, it } from '@jest/globals';
import { DOMAINS, Operation, XENSTORE } from '../../src/index.js';
import { HVM, simulated } from '../support/toolstack.js';

/** A guest whose port of VNC is told in xenstore as this. */
async function listedWith(port: string | null) {
  const { toolstack } = simulated();
  const { domid } = await toolstack.create(await toolstack.plan({ text: HVM }));
  const operation = new Operation(toolstack.registry);
  expect(await operation.get(DOMAINS).info(domid)).toBeDefined();
  await operation.get(XENSTORE).write([{ path: `/local/domain/${domid}/console/vnc-port`, value: port }]);
  return (await toolstack.list()).find((domain) => domain.domid === domid);
}

describe('domains that are listed', () => {
  it('have the display that their screen is on', async () => {
    expect(await listedWith('5907')).toMatchObject({ name: 'win', vncDisplay: 7 });
  });

  it.each([null, '', '80', '5899', '70000', 'x', '5901.5'])('have none where xenstore says %j', async (port) => {
    expect((await listedWith(port))?.vncDisplay).toBeNull();
  });
});
