import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DOMAINS, XENSTORE } from '../../src/contract/tokens.js';
import { claimName, findByName, nameNode } from '../../src/lifecycle/names.js';
import { Operation } from '../../src/registry/operation.js';
import { PV, simulated } from '../support/toolstack.js';

describe('the index node of a name', () => {
  it('holds only what a xenstore path can, for any name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        const node = nameNode(name);
        expect(node).toMatch(/^\/xen-image\/name\/[A-Za-z0-9@_-]+$/);
      }),
    );
  });

  it('is another for another name', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (one, two) => {
        expect(nameNode(one) === nameNode(two)).toBe(Buffer.from(one).equals(Buffer.from(two)));
      }),
    );
  });
});

describe('a guest of a name', () => {
  async function running() {
    const { toolstack } = simulated();
    const operation = new Operation(toolstack.registry);
    const ports = { store: operation.get(XENSTORE), domains: operation.get(DOMAINS) };
    const { domid, name } = await toolstack.create(await toolstack.plan({ text: PV }));
    return { toolstack, ports, domid, name };
  }

  it('is found by its index node, without a look at all guests', async () => {
    const { ports, domid, name } = await running();
    const domains = {
      ...ports.domains,
      info: (id: number) => ports.domains.info(id),
      list: () => Promise.reject(new Error('all')),
    };
    expect(await findByName({ ...ports, domains }, name)).toMatchObject({ domid });
  });

  it('is found by the name that another toolstack gave it since, and no longer by the old one', async () => {
    const { ports, domid, name } = await running();
    await ports.store.write([{ path: `/local/domain/${domid}/name`, value: 'renamed' }]);
    expect(await findByName(ports, 'renamed')).toMatchObject({ domid });
    expect(await findByName(ports, name)).toBeUndefined();
  });

  it('is found where it has no index node, as guests of other toolstacks have none', async () => {
    const { ports, domid, name } = await running();
    await ports.store.remove(nameNode(name));
    expect(await findByName(ports, name)).toMatchObject({ domid });
  });

  it('is not the one whose index node names a domain with another uuid', async () => {
    const { ports, domid } = await running();
    await ports.store.write([{ path: nameNode('other'), value: `${domid} 11111111-2222-3333-4444-555555555555` }]);
    expect(await findByName(ports, 'other')).toBeUndefined();
  });

  it('keeps its name from another of its own uuid', async () => {
    const { toolstack, ports, domid, name } = await running();
    const { uuid } = (await toolstack.list()).find((domain) => domain.domid === domid)!;
    await expect(claimName(ports, name, { domid: domid + 1, uuid }, undefined)).rejects.toMatchObject({
      code: 'NAME_TAKEN',
    });
    await claimName(ports, name, { domid, uuid }, undefined);
    expect(await ports.store.read(nameNode(name))).toBe(`${domid} ${uuid}`);
  });

  it('keeps its name from others after another toolstack gave it that name', async () => {
    const { toolstack, ports, domid } = await running();
    await ports.store.write([{ path: `/local/domain/${domid}/name`, value: 'renamed' }]);
    const clash = toolstack.create(await toolstack.plan({ text: PV.replace(/name = .*/, 'name = "renamed"') }));
    await expect(clash).rejects.toMatchObject({ code: 'NAME_TAKEN' });
  });
});
