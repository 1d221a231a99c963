#!/usr/bin/env node
/** Prints what the headers in a directory say: `node probe-cli.mjs /usr/include`. */
import { probe } from './probe.mjs';

const [includes = '/usr/include'] = process.argv.slice(2);
process.stdout.write(`${JSON.stringify(probe(includes), null, 2)}\n`);
