import { describe, expect, it } from '@jest/globals';
import { planJson, redactFacts, redactPlan, SECRET, type ImagePlan } from '../../src/index.js';
import { HVM, PV, simulated } from '../support/toolstack.js';

const PASSWORD = 'pl4nted';

async function plan(text: string): Promise<ImagePlan> {
  return simulated().toolstack.plan({ text });
}

/** A plan with the password wherever a profile or a plugin can put one. */
async function planWithSecrets(): Promise<ImagePlan> {
  const made = await plan(`${HVM}vnc = 1\nvncpasswd = "${PASSWORD}"\n`);
  const write = { kind: 'write-store', section: 'display', root: 'vm', path: '' } as const;
  return {
    ...made,
    actions: {
      ...made.actions,
      configure: [
        { ...write, entries: [['vncpasswd', PASSWORD]] },
        { ...write, entries: [['elsewhere', PASSWORD]] },
        { ...write, entries: [['some/password', 'another one']] },
        { kind: 'acme:tell', section: 'display', args: { deep: [{ word: PASSWORD }] } },
      ],
    },
  };
}

describe('planJson', () => {
  it('is the same after JSON has carried it', async () => {
    for (const text of [PV, HVM]) {
      const json = planJson(await plan(text));
      expect(JSON.parse(JSON.stringify(json))).toEqual(json);
    }
  });

  it('has all of a plan but the functions of its math', async () => {
    const made = await plan(PV);
    const { math: _functions, ...rest } = made;
    expect(_functions).toBeDefined();
    expect(planJson(made)).toEqual(rest);
  });

  it('has bytes in base64', async () => {
    const made = await plan(PV);
    const [build] = made.actions.build;
    if (build?.kind !== 'build') throw new TypeError('the first action builds');
    const spec = { ...build.spec, acpi: [{ data: new Uint8Array([1, 2, 255]) }] };
    const json = planJson({ ...made, actions: { ...made.actions, build: [{ ...build, spec }] } });
    expect(json.actions.build[0]).toMatchObject({ spec: { acpi: [{ data: { base64: 'AQL/' } }] } });
  });

  it('has no password, wherever the plan has it', async () => {
    const secret = await planWithSecrets();
    const text = JSON.stringify(planJson(secret));
    expect(JSON.stringify(secret.deviceModel.vncPassword)).toContain(PASSWORD);
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain('another one');
    expect(text.split(SECRET)).toHaveLength(1 + 2 + 1 + 4);
  });
});

describe('redactPlan', () => {
  it('leaves the plan it is given as it is, and one without a password the same', async () => {
    const secret = await planWithSecrets();
    redactPlan(secret);
    expect(JSON.stringify(secret)).toContain(PASSWORD);
    const open = await plan(PV);
    expect(redactPlan(open)).toEqual(open);
  });
});

describe('redactFacts', () => {
  it("replaces the host's VNC password, where there is one", async () => {
    const facts = await simulated().toolstack.hostFacts();
    expect(redactFacts(facts)).toEqual(facts);
    const options = { ...facts.options, vncPassword: PASSWORD };
    expect(redactFacts({ ...facts, options }).options.vncPassword).toBe(SECRET);
  });
});
