import assert from 'node:assert/strict';
import { renderDeviceModel, type ImagePlan } from '@xen-image/core';
import { isXenImageError, spelled, type DomainConfig, type HandlerInput } from '@xen-image/core/plugin';
import type { Bench } from '../probe/bench.js';
import type { Check } from './check.js';

/** A secret that may stand on no command line. */
const PASSWORD = 'hunter2-testkit';
/** A text that is like any other, to be held against hostile ones. */
const PLAIN = 'plain';
/** Texts that would be more than a text, if somebody let them. */
const HOSTILE = [
  '-S',
  '--daemonize',
  'a,readonly=off',
  'a -incoming tcp:0:4444',
  'a\n-S',
  'a\'b"c',
  '$(reboot)',
  '%s%n',
  'a=b',
  '@file',
];

type Change = (config: DomainConfig, text: string) => Partial<DomainConfig>;

/** A guest with a screen and a password, without which some arguments are not made. */
const SHOWN: Change = ({ display }) => ({
  display: {
    ...display,
    disabled: false,
    vnc: { listen: '127.0.0.1', display: 1, findUnused: false, password: spelled(PASSWORD), tls: null },
  },
});

/** The places where a guest's owner, who may be anybody, writes a text. */
const PLACES: Readonly<Record<string, Change>> = {
  kernel: ({ boot }, text) => ({ boot: { ...boot, kernel: spelled<string | null>(`/srv/${text}`) } }),
  ramdisk: ({ boot }, text) => ({ boot: { ...boot, ramdisk: spelled<string | null>(`/srv/${text}`) } }),
  'command line': ({ boot }, text) => ({ boot: { ...boot, commandLine: spelled(text) } }),
  keymap: (config, text) => ({ display: { ...config.display, ...SHOWN(config, text).display, keymap: text } }),
  'X display': ({ display }, text) => ({ display: { ...display, sdl: { opengl: false }, xDisplay: text } }),
  disk: (_, text) => ({
    disks: [{ target: `/srv/${text}`, format: 'raw', vdev: 'hda', access: 'rw', cdrom: false, requiredFile: null }],
  }),
  bridge: (_, text) => ({
    nics: [{ mac: '00:16:3e:00:00:01', bridge: text, model: 'e1000', type: 'emulated', script: null }],
  }),
  'nic model': (_, text) => ({
    nics: [{ mac: '00:16:3e:00:00:01', bridge: 'xenbr0', model: text, type: 'emulated', script: null }],
  }),
  serial: ({ platform }, text) => ({ platform: { ...platform, serial: [`file:${text}`] } }),
  floppy: ({ platform }, text) => ({ platform: { ...platform, floppyA: `/srv/${text}` } }),
  'USB device': ({ platform }, text) => ({ platform: { ...platform, usb: true, usbDevices: [text] } }),
  sound: ({ platform }, text) => ({ platform: { ...platform, sound: text } }),
};

/** The guest with a text in one place, or in all. */
function saying(bench: Bench, input: HandlerInput, text: string, places = Object.values(PLACES)): HandlerInput {
  let said = bench.vary(input, SHOWN(input.config, text));
  for (const change of places) said = bench.vary(said, change(said.config, text));
  return said;
}

interface Rendered {
  readonly argv: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly program: string;
}

/** The command line of a guest's device model; nothing where it has none, or is refused with a code. */
function rendered({ handler, toolstack, profile }: Bench, input: HandlerInput): Rendered | undefined {
  try {
    const { deviceModel } = handler.plan(input);
    const planned: ImagePlan['deviceModel'] = { ...deviceModel, dialect: profile.dialect };
    const dialect = toolstack.registry.dialect(profile.dialect);
    return { ...renderDeviceModel(planned, dialect, { domid: 7, restore: false }), program: deviceModel.program ?? '' };
  } catch (error) {
    if (isXenImageError(error)) return undefined;
    throw error;
  }
}

/** What a guest's owner writes stays text. */
export const argvChecks: readonly Check[] = [
  {
    name: 'a hostile text is no more than a text on the device model’s command line',
    async run(bench) {
      const input = await bench.input();
      for (const [place, change] of Object.entries(PLACES)) {
        const plain = rendered(bench, saying(bench, input, PLAIN, [change]));
        // Some places take only words that their device model knows, and are refused else.
        if (plain === undefined) continue;
        for (const text of HOSTILE) {
          const hostile = rendered(bench, saying(bench, input, text, [change]));
          if (hostile !== undefined) assertAlike(plain, hostile, `with the ${place} ${JSON.stringify(text)}`);
        }
      }
    },
  },
  {
    name: 'arguments that are handed on as they are, are the operator’s alone',
    async run(bench) {
      const input = await bench.input();
      const given = ['-operators', 'own'];
      const { program } = input.config.deviceModel;
      const changed = bench.vary(saying(bench, input, PLAIN), { deviceModel: { program, extraArgs: given } });
      const { args } = bench.handler.plan(changed).deviceModel;
      const extras = Object.values(args)
        .flat()
        .filter((one) => one.arg === 'extra');
      for (const { text } of extras)
        assert.ok(given.includes(text), `${JSON.stringify(text)} is no argument of the operator's`);
    },
  },
  {
    name: 'a password is on no command line and in no environment',
    async run(bench) {
      const input = saying(bench, await bench.input(), PLAIN);
      const shown = rendered(bench, input);
      assert.ok(
        !JSON.stringify(shown ?? {}).includes(PASSWORD),
        'the VNC password is told where every user can read it',
      );
      const { args, environment } = bench.handler.plan(input).deviceModel;
      assert.ok(!JSON.stringify([args, environment]).includes(PASSWORD), 'the VNC password is among the arguments');
    },
  },
];

function assertAlike(plain: Rendered, hostile: Rendered, about: string): void {
  assert.equal(hostile.program, plain.program, `${about} another program runs`);
  assert.equal(hostile.argv.length, plain.argv.length, `${about} there are other words: ${hostile.argv.join(' ')}`);
  const names = ({ environment }: Rendered): string[] => Object.keys(environment).sort();
  assert.deepEqual(names(hostile), names(plain), `${about} there are other variables`);
  hostile.argv.forEach((word, index) => {
    const before = plain.argv[index] ?? '';
    assert.ok(typeof word === 'string' && !word.includes('\0'), `${about} ${JSON.stringify(word)} is no argument`);
    if (word !== before) assert.ok(before.includes(PLAIN), `${about} ${before} became ${word}`);
    if (!before.startsWith('-')) assertNoOption(plain.argv[index - 1], word, about);
  });
}

/** A word that was no option must not look like one, unless it is what an option before it takes. */
function assertNoOption(previous: string | undefined, word: string, about: string): void {
  if (!word.startsWith('-') || previous?.startsWith('-') === true) return;
  assert.fail(`${about} ${JSON.stringify(word)} is read as an option`);
}
