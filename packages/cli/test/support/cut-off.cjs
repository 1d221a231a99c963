// Loaded before a command: sends it a signal once it has changed its simulated host so often. CUT_OFF has the host's file, the
// count and the signal's name.
const fs = require('node:fs');

const [file, changes, signal] = JSON.parse(process.env.CUT_OFF);
const { renameSync } = fs;
let left = changes;
fs.renameSync = (from, to) => {
  renameSync(from, to);
  if (to === file && --left === 0) process.kill(process.pid, signal);
};
