// npm run release:dry [-- --without STAGE,…] [--keep]
// Rehearses a release: versions and changelogs from the changesets, a build, the checks of what would be published, and its
// publication to a registry on the loopback interface; then what users do: install, import, require, compile, run examples.
// All in a copy of the work tree, and nothing is left: neither files nor processes. Ends with "N passed, N failed".
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compileAgainst, usePackage } from './release/consumers.mjs';
import { copyTree } from './release/copy.mjs';
import { installTools, startRegistry, toolsFolder } from './release/registry.mjs';
import { each, rehearsal } from './release/rehearsal.mjs';
import { contentProblems, sizeProblems, sizesOf } from './release/tarballs.mjs';
import { install, root } from './setup.mjs';

const without = new Set(
  process.argv.flatMap((word, index, all) => (all[index - 1] === '--without' ? word.split(',') : [])),
);
const work = mkdtempSync(join(tmpdir(), 'xen-image-release-'));
// Beside the installed dependencies, so that it can share their files; what users do is done away from them.
mkdirSync(join(root, '.cache'), { recursive: true });
const copies = mkdtempSync(join(root, '.cache/release-'));
const tree = join(copies, 'tree');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));
const { counts, say, run, check, script, stage, end } = rehearsal();

/** Ends everything and leaves nothing, however this process ends. */
function clear() {
  end();
  // Tens of thousands of files: rm is several times as fast as Node here. What was just ended may still have been writing.
  for (let tries = 0; tries < 3 && (existsSync(work) || existsSync(copies)); tries += 1) {
    spawnSync('rm', ['-rf', work, copies]);
  }
}
for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]) {
  process.on(signal, () => {
    clear();
    say(`ended by ${signal}`);
    process.exit(code);
  });
}
// Scripts that are started here put their temporary files below what is removed.
process.env.TMPDIR = join(work, 'tmp');
mkdirSync(process.env.TMPDIR);

const REPOSITORY = { GITHUB_SERVER_URL: 'https://git.example', GITHUB_REPOSITORY: 'rehearsal/xen-image' };
const inTree = (script_, options) => run(process.execPath, [join(tree, script_)], { cwd: tree, ...options });

async function pack(directory) {
  const tarballs = join(work, 'tarballs');
  mkdirSync(tarballs, { recursive: true });
  const { stdout } = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', tarballs], {
    cwd: join(tree, 'packages', directory),
  });
  const [{ name, filename, files, integrity }] = JSON.parse(stdout);
  const unpacked = join(work, 'unpacked', directory);
  mkdirSync(unpacked, { recursive: true });
  const tarball = join(tarballs, filename);
  await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', unpacked]);
  const paths = files.map(({ path }) => path);
  return {
    name,
    tarball,
    integrity,
    folder: unpacked,
    files: paths,
    directory: `packages/${directory}`,
    manifest: readJson(join(unpacked, 'package.json')),
  };
}

async function rehearse() {
  let version;
  await stage('copy', async () => copyTree(tree));
  await Promise.all([
    stage('tools', () => installTools(run)),
    (async () => {
      await stage('version', async () => {
        await inTree('scripts/release/version.mjs');
        await inTree('scripts/release/repository.mjs', { env: REPOSITORY });
        ({ version } = readJson(join(tree, 'packages/core/package.json')));
        check(
          'changesets give a version',
          version === '0.0.0' ? ['no changeset is there, and nothing was released'] : [],
        );
      });
      await stage('build', () =>
        run(
          process.execPath,
          ['--input-type=module', '-e', `(await import(${JSON.stringify(join(tree, 'scripts/setup.mjs'))})).build()`],
          { cwd: tree },
        ),
      );
    })(),
  ]);
  if (!without.has('api')) await stage('api', () => script([join(tree, 'scripts/api-reports.mjs')], { cwd: tree }));
  if (!without.has('knip')) await stage('knip', () => run('npx', ['knip', '--no-progress'], { cwd: tree }));

  const packages = [];
  await stage('pack', async () => {
    await each(readdirSync(join(tree, 'packages')), 2, async (directory) => packages.push(await pack(directory)));
    packages.sort((a, b) => (a.name < b.name ? -1 : 1));
    const release = {
      version,
      repository: `git+${REPOSITORY.GITHUB_SERVER_URL}/${REPOSITORY.GITHUB_REPOSITORY}.git`,
      places: [root, work],
    };
    for (const one of packages) check(`${one.name}: contents`, contentProblems(one, release));
  });
  await stage('sizes', async () => {
    const sizes = sizesOf(packages);
    for (const [name, { packedKib = '', unpackedKib }] of Object.entries(sizes)) {
      say(
        `${name.padEnd(30)} ${packedKib === '' ? ''.padStart(6) : `${packedKib}`.padStart(6)} KiB packed ${`${unpackedKib}`.padStart(6)} KiB unpacked`,
      );
    }
    const problems = sizeProblems(sizes, readJson(join(root, 'scripts/release/sizes.json')));
    for (const [name, found] of Object.entries(problems)) check(`${name}: size`, found);
  });
  await stage('publint', async () => {
    const { publint } = await import(join(toolsFolder, 'node_modules/publint/src/index-node.js'));
    const { formatMessage } = await import(join(toolsFolder, 'node_modules/publint/src/utils.js'));
    for (const { name, folder, manifest } of packages) {
      const { messages } = await publint({ pkgDir: folder, pack: false, level: 'suggestion', strict: true });
      check(
        `${name}: publint`,
        messages.map((message) => `${message.type}: ${formatMessage(message, manifest, { color: false })}`),
      );
    }
  });
  await stage('attw', () =>
    each(packages, 2, async ({ name, tarball }) => {
      const attw = await run(
        process.execPath,
        [
          join(toolsFolder, 'node_modules/@arethetypeswrong/cli/dist/index.js'),
          tarball,
          '--profile',
          'esm-only',
          '--no-emoji',
          '--no-color',
        ],
        { cwd: work, may: 'fail' },
      );
      check(`${name}: attw`, attw.status === 0 ? [] : [attw.stdout + attw.stderr]);
    }),
  );

  const registry = await stage('registry', () => startRegistry(join(work, 'registry')));
  const npm = { run, env: registry.env };
  await stage('publish', async () => {
    const { stdout, stderr } = await run('npx', ['changeset', 'publish'], { cwd: tree, env: registry.env });
    check('npm changes nothing in a package.json', /auto-corrected/.test(stdout + stderr) ? [stdout + stderr] : []);
    for (const { name, integrity } of packages) {
      const seen = await (await fetch(`${registry.url}${name}`)).json();
      const served = seen.versions?.[version]?.dist.integrity;
      check(`${name}: published as it was packed`, served === integrity ? [] : [`${served} is not ${integrity}`]);
    }
  });
  const names = new Set(packages.map(({ name }) => name));
  await stage('install', () =>
    each(packages, 2, async (one) =>
      check(
        `${one.name}: installed and used`,
        await usePackage(one, names, join(work, 'empty', one.name.replace('/', '+')), npm),
      ),
    ),
  );
  await stage('typescript', async () => {
    const { devDependencies } = readJson(join(root, 'package.json'));
    const versions = { typescript: devDependencies.typescript, nodeTypes: devDependencies['@types/node'] };
    for (const [name, problems] of Object.entries(await compileAgainst(packages, join(work, 'typed'), npm, versions)))
      check(name, problems);
  });
  await stage('examples', () =>
    script([join(tree, 'scripts/check-examples.mjs'), '--registry', version], { cwd: tree, env: registry.env }),
  );
  registry.stop();
}

try {
  install();
  await rehearse();
} catch (error) {
  if (counts.failed === 0) check('rehearsal', [error.stack]);
} finally {
  if (process.argv.includes('--keep')) say(`kept: ${work} ${copies}`);
  else await stage('clear', async () => clear());
}
say(`${counts.passed} passed, ${counts.failed} failed`);
process.exit(counts.failed === 0 ? 0 : 1);
