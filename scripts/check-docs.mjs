// Builds the site of the documents and looks at it: every link from its files, then its pages in Debian's chromium at the
// width of a phone and of a desk. Prints one line a step and ends with "N passed, N failed". `--built` takes the site as it
// stands; `--shots DIRECTORY` keeps pictures of the pages named behind it.
import { createServer } from 'node:http';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sirv from 'sirv';
import { openChromium } from './docs/chromium.mjs';
import { linkProblems, readSite } from './docs/links.mjs';
import { root, run } from './setup.mjs';

const { values, positionals } = parseArgs({
  options: { built: { type: 'boolean' }, shots: { type: 'string' } },
  allowPositionals: true,
});
const SITE = join(root, 'docs/site');
const SCREENS = { phone: { width: 360, height: 740 }, desk: { width: 1280, height: 900 } };
/** Pages that are looked at side by side. */
const AT_ONCE = 4;
/** Of each kind of page of the reference this many are opened; the longest, which are the likeliest to be too wide. */
const SAMPLE = 3;
/** Much longer than a page takes: a machine at work is no defect of the site. */
const PATIENCE_MS = 180_000;

if (!values.built) run('npm', ['run', '--silent', 'docs']);

let passed = 0;
let failed = 0;
function step(name, problems) {
  if (problems.length === 0) passed += 1;
  else failed += 1;
  process.stdout.write(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}\n`);
  for (const problem of problems.slice(0, 40)) process.stdout.write(`       ${problem}\n`);
  if (problems.length > 40) process.stdout.write(`       … and ${problems.length - 40} more\n`);
}

/** Every page of guides and packages, and of each kind of reference page those with the most links. */
function chosenPages(pages) {
  const kinds = new Map();
  const chosen = [];
  for (const [address, { links }] of pages) {
    const [, kind] = /^(classes|functions|interfaces|types|variables)\//.exec(address) ?? [];
    if (kind === undefined) chosen.push(address);
    else kinds.set(kind, [...(kinds.get(kind) ?? []), { address, links: links.length }]);
  }
  for (const all of kinds.values()) {
    all.sort((a, b) => b.links - a.links);
    chosen.push(...all.slice(0, SAMPLE).map(({ address }) => address));
  }
  return chosen;
}

/** Opens pages by turns; answers what is wrong with each. */
async function look(browser, origin, addresses, screen) {
  const problems = [];
  const context = await browser.newContext({ viewport: SCREENS[screen], reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  await context.route(
    (url) => url.origin !== origin,
    (route) => route.abort(),
  );
  const waiting = [...addresses];
  const worker = async () => {
    const page = await context.newPage();
    let address;
    const told = (what) => problems.push(`${address}: ${what}`);
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) told(`the console says: ${message.text()}`);
    });
    page.on('pageerror', (error) => told(`a script failed: ${error.message}`));
    page.on('request', (request) => {
      const url = new URL(request.url());
      if (url.origin !== origin && url.protocol !== 'data:') told(`asks for ${request.url()}`);
    });
    page.on('requestfailed', (request) => told(`did not get ${request.url()}: ${request.failure()?.errorText}`));
    page.on('response', (response) => {
      if (response.status() >= 400) told(`got ${response.status()} for ${response.url()}`);
    });
    for (address = waiting.shift(); address !== undefined; address = waiting.shift()) {
      await page.goto(`${origin}/${address}`, { waitUntil: 'load' });
      if ((await page.title()).trim() === '') told('has no title');
      for (const beyond of await page.evaluate(tooWide)) told(beyond);
    }
    await page.close();
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  await context.close();
  return problems;
}

/** Runs in the page: what makes it wider than the screen, and diagrams that are no picture. */
function tooWide() {
  const { clientWidth, scrollWidth } = document.documentElement;
  const problems = [...document.querySelectorAll('figure.diagram')]
    .filter((figure) => !(figure.querySelector('svg')?.getBoundingClientRect().height > 40))
    .map(() => 'a diagram is not seen');
  if (scrollWidth <= clientWidth) return problems;
  const culprit = [...document.querySelectorAll('main *, header *')].find(
    (element) => element.getBoundingClientRect().right > clientWidth + 1,
  );
  const name = culprit && `${culprit.tagName.toLowerCase()}.${culprit.className}`;
  return [...problems, `is ${scrollWidth} px wide on ${clientWidth} (${name})`];
}

/** What is typed into the search, and where its first answers lead. */
const SEARCHES = [
  ['SUPERPAGES_UNEVEN', /\/errors\.html#SUPERPAGES_UNEVEN$/],
  ['device_model_version', /\/config\.html#device_model_version$/],
  ['definePlugin', /\/functions\/.*definePlugin\.html$/],
  ['conformance', /\/(?:write-a-handler|modules\/_xen-image_handler-testkit)\.html/],
];

async function search(browser, origin, screen) {
  const problems = [];
  const context = await browser.newContext({ viewport: SCREENS[screen], reducedMotion: 'reduce' });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  for (const [words, expected] of SEARCHES) {
    await page.goto(`${origin}/architecture.html`);
    await page.click('#tsd-search-trigger');
    await page.fill('#tsd-search-input', words);
    const results = page.locator('#tsd-search-results a');
    try {
      await results.first().waitFor();
      const found = await results.evaluateAll((links) => links.map((link) => link.href));
      const at = found.findIndex((href) => expected.test(href));
      if (at < 0 || at > 4) problems.push(`${words} does not lead to ${expected}, but ${found.slice(0, 3)}`);
      else {
        await results.nth(at).click();
        await page.waitForURL(expected);
      }
    } catch (error) {
      problems.push(`${words}: ${error.message}`);
    }
  }
  await context.close();
  return problems;
}

/** Light and dark by what the reader's system prefers. */
async function themes(browser, origin) {
  const colours = [];
  for (const colorScheme of ['light', 'dark']) {
    const context = await browser.newContext({ colorScheme });
    context.setDefaultTimeout(PATIENCE_MS);
    const page = await context.newPage();
    await page.goto(origin);
    colours.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    await context.close();
  }
  return colours[0] === colours[1] ? [`both are ${colours[0]}`] : [];
}

async function shoot(browser, origin, directory, addresses) {
  mkdirSync(directory, { recursive: true });
  for (const [screen, viewport] of Object.entries(SCREENS)) {
    for (const colorScheme of ['light', 'dark']) {
      const context = await browser.newContext({ viewport, colorScheme, reducedMotion: 'reduce' });
      const page = await context.newPage();
      for (const address of addresses) {
        await page.goto(`${origin}/${address}`);
        const name = address.replace(/[^A-Za-z0-9-]+/g, '_');
        await page.screenshot({ path: join(directory, `${name}.${screen}.${colorScheme}.png`) });
      }
      await context.close();
    }
  }
}

const pages = readSite(SITE);
const { count, problems } = linkProblems(SITE, pages);
step(`${count} links of ${pages.size} pages lead somewhere`, problems);

const server = createServer(sirv(SITE, { dev: true }));
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
const origin = `http://127.0.0.1:${server.address().port}`;
const browser = await openChromium();
try {
  if (values.shots !== undefined) await shoot(browser, origin, values.shots, positionals);
  const chosen = chosenPages(pages);
  for (const screen of Object.keys(SCREENS)) {
    step(
      `${chosen.length} pages are sound on a ${screen}, ${SCREENS[screen].width} px wide`,
      await look(browser, origin, chosen, screen),
    );
    step(`the search finds what it should on a ${screen}`, await search(browser, origin, screen));
  }
  step('there are a light and a dark theme', await themes(browser, origin));
} finally {
  await browser.close();
  server.close();
}
process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
