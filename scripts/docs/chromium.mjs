// Debian's chromium, driven by playwright-core; nothing is downloaded.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';

const PROGRAM = process.env.CHROMIUM ?? '/usr/bin/chromium';
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the browser, which root installs where it is missing. */
export async function openChromium() {
  if (!existsSync(PROGRAM) && process.getuid?.() === 0) {
    spawnSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    spawnSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: ['ignore', 'ignore', 'inherit'], env });
  }
  if (!existsSync(PROGRAM)) {
    throw new Error(`there is no ${PROGRAM}: install Debian's package chromium, or name another browser by $CHROMIUM`);
  }
  // The profile is a new directory each time, and goes with the browser.
  return chromium.launch({ executablePath: PROGRAM, headless: true, args: FLAGS });
}
