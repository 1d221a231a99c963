// What is in the tarballs: all that belongs there, nothing else, and no more of it than the limits allow.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const WANTED = ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'];
const UNWANTED = /(^|\/)(test|api|node_modules)\/|\.tsbuildinfo$|\.test\.|(^|\/)\./;
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

/** Files that `exports`, `types` and `bin` lead to; a star stands for any. */
function targets({ exports, types, bin = {} }) {
  const leaves = (value) => (typeof value === 'string' ? [value] : Object.values(value).flatMap(leaves));
  return [...leaves(exports), types, ...Object.values(bin)].map((path) => normalize(path));
}

/** Source maps whose map or whose sources are not in the package, of one that is unpacked. */
function lostMaps(folder, files) {
  const has = new Set(files);
  return files.flatMap((file) => {
    if (file.endsWith('.map')) {
      const { sources, sourceRoot = '' } = readJson(join(folder, file));
      return sources
        .filter((source) => !has.has(normalize(join(dirname(file), sourceRoot, source))))
        .map((source) => `${file} leads to ${source}, which is not packed`);
    }
    if (!/\.[cm]?[jt]s$/.test(file)) return [];
    const [, map] = /^\/\/# sourceMappingURL=(?!data:)(.+)$/m.exec(readFileSync(join(folder, file), 'utf8')) ?? [];
    return map === undefined || has.has(normalize(join(dirname(file), map)))
      ? []
      : [`${file} names ${map}, which is not packed`];
  });
}

/**
 * @param one - a package: `folder` where it is unpacked, its `manifest`, `files`, `directory` in the repository
 * @param release - the `version` of all, the `repository` that was written in, and `places` of this machine that no file may name
 */
export function contentProblems({ folder, manifest, files, directory }, { version, repository, places }) {
  const problems = [];
  // What a template has is for whoever begins from it.
  const own = files.filter((file) => !file.startsWith('template/'));
  for (const file of WANTED) if (!files.includes(file)) problems.push(`lacks ${file}`);
  for (const file of own.filter((path) => UNWANTED.test(path))) problems.push(`carries ${file}`);
  for (const target of targets(manifest)) {
    const pattern = new RegExp(`^${target.replace(/[.+?^${}()|[\]\\]/g, '\\$&').replace('*', '.+')}$`);
    if (!files.some((file) => pattern.test(file)))
      problems.push(`package.json leads to ${target}, which is not packed`);
  }
  for (const file of files) {
    if (places.some((place) => readFileSync(join(folder, file), 'utf8').includes(place)))
      problems.push(`${file} names a place of this machine`);
  }
  problems.push(...lostMaps(folder, files));
  const { dependencies = {}, peerDependencies = {}, engines, license, keywords = [] } = manifest;
  if (manifest.version !== version) problems.push(`is version ${manifest.version}, not ${version}`);
  for (const [name, range] of Object.entries({ ...dependencies, ...peerDependencies })) {
    if (/^(@xen-image\/|xen-image$)/.test(name) && range !== `^${version}`)
      problems.push(`takes ${name} as ${range}, not ^${version}`);
  }
  if (dependencies['@xen-image/core'] !== undefined && manifest.name !== 'xen-image')
    problems.push('has a core of its own: it is a peer');
  if (engines?.node !== '>=20.19') problems.push(`takes Node ${engines?.node}`);
  if (license !== 'Apache-2.0' || keywords.length === 0 || !manifest.description)
    problems.push('lacks licence, keywords or description');
  if (
    repository !== undefined &&
    (manifest.repository?.url !== repository || manifest.repository.directory !== directory)
  ) {
    problems.push(`has the repository ${JSON.stringify(manifest.repository)}`);
  }
  const changelog = existsSync(join(folder, 'CHANGELOG.md')) ? readFileSync(join(folder, 'CHANGELOG.md'), 'utf8') : '';
  if (!changelog.includes(`\n## ${version}\n`)) problems.push(`its changelog does not tell of ${version}`);
  return problems;
}

const kib = (bytes) => Math.ceil(bytes / 1024);
const sizeOf = (folder) =>
  readdirSync(folder, { recursive: true }).reduce(
    (sum, file) => sum + (statSync(join(folder, file)).isFile() ? statSync(join(folder, file)).size : 0),
    0,
  );

/** What is measured of each package, in KiB, and of the bundle of the command. */
export function sizesOf(packages) {
  const sizes = Object.fromEntries(
    packages.map(({ name, tarball, folder }) => [
      name,
      { packedKib: kib(statSync(tarball).size), unpackedKib: kib(sizeOf(folder)) },
    ]),
  );
  const command = packages.find(({ name }) => name === 'xen-image');
  return { ...sizes, 'bundle of the command': { unpackedKib: kib(sizeOf(join(command.folder, 'dist/bundle'))) } };
}

/** Sizes beyond their limits; a thing without a limit, and a limit without its thing, are told of, too. */
export function sizeProblems(sizes, limits) {
  const names = [...new Set([...Object.keys(sizes), ...Object.keys(limits)])];
  return Object.fromEntries(
    names.map((name) => {
      if (sizes[name] === undefined || limits[name] === undefined)
        return [name, ['has no limit, or a limit and no size: see scripts/release/sizes.json']];
      const keys = Object.keys(sizes[name]);
      return [
        name,
        keys.flatMap((key) =>
          sizes[name][key] <= limits[name][key]
            ? []
            : [`${key} is ${sizes[name][key]}, beyond the limit of ${limits[name][key]}`],
        ),
      ];
    }),
  );
}
