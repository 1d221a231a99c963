import { parentPort } from 'node:worker_threads';
import { documentedCodes } from './codes.js';
import { watchUnhandled } from './points/failure.js';
import { runSuite } from './suite.js';
import { SUITES } from './suites.js';

const codes = documentedCodes();
watchUnhandled();

parentPort?.on('message', (index: number) => {
  const suite = SUITES[index];
  if (suite === undefined) throw new TypeError(`there is no suite ${index}`);
  void runSuite(suite, codes).then((result) => parentPort?.postMessage(result));
});
