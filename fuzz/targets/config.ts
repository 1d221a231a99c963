import {
  CONFIG_OPTIONS,
  decodeConfigBytes,
  parseConfigText,
  printConfigText,
  type ConfigDocument,
  type ConfigValue,
} from '@xen-image/core';
import { expect, expectCoded } from '../engine/expect.js';
import type { Target } from '../engine/target.js';
import { planCommand, type PlanOptions } from './command.js';
import { exampleConfigs } from './files.js';

/** What a value says, without where it stands. */
function meaning(value: ConfigValue): unknown {
  if (value.kind === 'list') return value.items.map(meaning);
  if (value.kind === 'string') return value.text;
  return value.kind === 'number' ? value.value : null;
}

function meanings({ settings }: ConfigDocument): string {
  return JSON.stringify([...settings].map(([key, { value }]) => [key, meaning(value)]));
}

const WAYS: readonly PlanOptions[] = [
  {},
  { json: true },
  { explain: true, profile: 'xend' },
  { json: true, profile: 'xend' },
];

/** A configuration file: from its bytes to a printed plan, under either profile. */
export const config: Target = {
  name: 'config',
  seeds: exampleConfigs,
  words: [
    ...CONFIG_OPTIONS.map(({ name }) => `\n${name} = `),
    '\n',
    ' = ',
    ' += ',
    '[',
    ']',
    '"',
    "'",
    ',',
    '#',
    ';',
    '\\x1b',
    '\\\n',
    'True',
    'None',
    'phy:/dev/vg/x,xvda,w',
    'format=raw, vdev=hda, access=ro, target=',
    'backendtype=',
    'script=',
    'mac=00:16:3e:00:00:01,bridge=xenbr0',
    'rate=1Mb/s@20ms',
    'vnc=1,vnclisten=0.0.0.0,vncpasswd=x',
    'host,tm=0,sse3=0',
    '0x1:ecx=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx0',
  ],
  async run(input) {
    let document: ConfigDocument;
    try {
      document = parseConfigText(decodeConfigBytes(input, 'fuzz.cfg'), { file: 'fuzz.cfg' });
    } catch (error) {
      expectCoded(error);
      return;
    }
    expect(meanings(parseConfigText(printConfigText(document))) === meanings(document), 'printed text means another');
    await planCommand(input, WAYS[input.length % WAYS.length] ?? {});
  },
};
