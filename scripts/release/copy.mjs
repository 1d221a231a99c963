// A copy of the work tree to rehearse a release in: what git tracks or would, as it stands, with the history behind it, and
// the installed dependencies.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { root } from '../setup.mjs';

const git = (cwd, ...args) => execFileSync('git', args, { cwd, encoding: 'utf8', maxBuffer: 2 ** 28 });

/** Copies a node_modules as links to the same files; links to our packages are relative and lead to the copy's. */
function linkModules(from, to) {
  if (existsSync(from)) execFileSync('cp', ['--archive', '--link', from, to]);
}

/** Makes the copy in a directory that is not there yet, on the same file system. Nothing is built in it. */
export function copyTree(tree) {
  git(root, 'clone', '--quiet', '--shared', '--no-checkout', root, tree);
  const files = git(root, 'ls-files', '-z', '--cached', '--others', '--exclude-standard').split('\0');
  for (const file of files) {
    if (file === '' || !existsSync(join(root, file))) continue;
    mkdirSync(dirname(join(tree, file)), { recursive: true });
    cpSync(join(root, file), join(tree, file), { verbatimSymlinks: true });
  }
  const author = ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost'];
  git(tree, 'add', '--all');
  git(tree, ...author, 'commit', '--quiet', '--no-verify', '--allow-empty', '--message', 'Rehearse a release');
  linkModules(join(root, 'node_modules'), join(tree, 'node_modules'));
  for (const name of readdirSync(join(tree, 'packages'))) {
    linkModules(join(root, 'packages', name, 'node_modules'), join(tree, 'packages', name, 'node_modules'));
  }
}
