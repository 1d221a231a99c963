// Timed stages of a rehearsal, their counts, and the processes they start, which end with this one.
import { spawn } from 'node:child_process';

export function rehearsal() {
  const running = new Set();
  const counts = { passed: 0, failed: 0 };
  const say = (text) => process.stdout.write(`${text}\n`);

  /** Runs a command in a process group of its own. @returns its exit code and what it printed; rejects where it must succeed */
  function run(command, args, { cwd, env = {}, may = 'succeed', onLine } = {}) {
    return new Promise((resolve, reject) => {
      // What npm tells the scripts that it runs is this workspace's settings: users have others.
      const inherited = Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_OPTIONS$)/.test(name));
      const child = spawn(command, args, {
        cwd,
        env: { ...Object.fromEntries(inherited), ...env },
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      running.add(child);
      const printed = { stdout: '', stderr: '' };
      for (const stream of ['stdout', 'stderr']) {
        child[stream].setEncoding('utf8').on('data', (text) => {
          printed[stream] += text;
          if (stream === 'stdout') onLine?.(text);
        });
      }
      child.on('error', reject);
      child.on('close', (code, signal) => {
        running.delete(child);
        const status = code ?? signal;
        if (status === 0 || may === 'fail') resolve({ status, ...printed });
        else
          reject(
            new Error(
              `${command} ${args.join(' ')} ended with ${status}\n${printed.stdout}${printed.stderr}`.trimEnd(),
            ),
          );
      });
    });
  }

  /** Counts one thing that was looked at, and tells what is wrong with it. */
  function check(name, problems = []) {
    if (problems.length === 0) counts.passed += 1;
    else counts.failed += 1;
    if (problems.length > 0) say(`FAILED ${name}`);
    for (const problem of problems) say(`${problem.trimEnd()}`.replace(/^/gm, '       '));
  }

  /** Takes over the counts of a script that closes with them. */
  async function script(args, options) {
    const { status, stdout, stderr } = await run(process.execPath, args, {
      ...options,
      may: 'fail',
      onLine: (text) => process.stdout.write(text.replace(/^\d+ passed, \d+ failed\n/m, '')),
    });
    const [, passed = 0, failed = 0] = /^(\d+) passed, (\d+) failed$/m.exec(stdout) ?? [];
    counts.passed += Number(passed);
    counts.failed += status !== 0 && Number(failed) === 0 ? 1 : Number(failed);
    if (status !== 0) say(stderr.trimEnd().replace(/^/gm, '       '));
  }

  /** Runs a stage; what it throws is one failure, and is thrown on. */
  async function stage(name, body) {
    const started = performance.now();
    const before = counts.failed;
    say(`== ${name}`);
    try {
      return await body();
    } catch (error) {
      check(name, [error.message]);
      throw error;
    } finally {
      const seconds = ((performance.now() - started) / 1000).toFixed(1);
      say(`-- ${name}: ${counts.failed === before ? 'ok' : 'FAILED'} in ${seconds} s`);
    }
  }

  /** Ends what still runs. */
  function end() {
    for (const child of running) {
      try {
        process.kill(-child.pid, 'SIGKILL');
      } catch {
        // It has ended by itself.
      }
    }
  }

  return { counts, say, run, check, script, stage, end };
}

/** Does something for each, at most `width` at once, in their order. */
export async function each(items, width, body) {
  const rest = [...items];
  const worker = async () => {
    for (let item = rest.shift(); item !== undefined; item = rest.shift()) await body(item);
  };
  await Promise.all(Array.from({ length: width }, worker));
}
