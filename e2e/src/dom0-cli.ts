/** A booted dom0 to develop against: `node e2e/dist/dom0-cli.js`. */
import { parseArgs } from 'node:util';
import { attachToDom0 } from './channel.js';
import { bootHost, shellQuote, type Host } from './host.js';
import { dropHost, findHost, keepHost, listHosts } from './hosts.js';

const USAGE = `usage: node e2e/dist/dom0-cli.js COMMAND [OPTION]...

  up                    boots a host and leaves it up
  run [--] WORD...      runs a shell command in dom0; standard input goes along when it is not a terminal
  shell                 an interactive shell in dom0
  push FILE|DIR PATH    copies into dom0
  pull PATH FILE        copies a file out of dom0
  log                   prints what Xen and dom0's kernel said
  list                  names the hosts that are up
  down                  ends a host

  --name NAME           which host (default: dev)
  --memory MIB          machine memory (up; default 4096)
  --dom0-memory MIB     dom0's memory (up; default 2048)
  --dom0-vcpus N        dom0's vcpus (up; default 1)
  --xenstore DAEMON     xenstored or oxenstored (up; default xenstored)
  --cpus N              the machine's processors (up; default 2)
  --no-hvm              a machine without SVM (up)
  --hours N             ends by itself after N hours (up; default 3)
  --timeout SECONDS     for run (default 600)
  --cwd DIR             for run and shell (default /root)
`;

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string', default: 'dev' },
      memory: { type: 'string', default: '4096' },
      'dom0-memory': { type: 'string', default: '2048' },
      'dom0-vcpus': { type: 'string', default: '1' },
      cpus: { type: 'string', default: '2' },
      xenstore: { type: 'string', default: 'xenstored' },
      'no-hvm': { type: 'boolean', default: false },
      hours: { type: 'string', default: '3' },
      timeout: { type: 'string', default: '600' },
      cwd: { type: 'string', default: '/root' },
      help: { type: 'boolean', default: false },
    },
  });
  const [command, ...words] = positionals;
  const { name } = values;
  const host = async (): Promise<Host> => {
    const found = await findHost(name);
    if (found === undefined) throw new Error(`host "${name}" is not up: node e2e/dist/dom0-cli.js up --name ${name}`);
    return found;
  };
  if (values.help || command === undefined) {
    process.stdout.write(USAGE);
    return values.help ? 0 : 2;
  }
  switch (command) {
    case 'up': {
      if ((await findHost(name)) !== undefined) throw new Error(`host "${name}" is up already`);
      const made = await bootHost({
        name,
        memoryMib: Number(values.memory),
        dom0MemoryMib: Number(values['dom0-memory']),
        cpus: Number(values.cpus),
        dom0Vcpus: Number(values['dom0-vcpus']),
        xenstore: values.xenstore === 'oxenstored' ? 'oxenstored' : 'xenstored',
        hvm: !values['no-hvm'],
        shareRepo: true,
        detachedSeconds: Number(values.hours) * 3600,
        log: (line) => process.stderr.write(`${line}\n`),
      });
      await keepHost(made);
      process.stdout.write(`host "${name}" is up after ${String(made.bootMs)} ms; ${made.serialLog}\n`);
      process.exit(0);
      return 0;
    }
    case 'run': {
      const quoted = words.length === 1 ? words.join('') : words.map(shellQuote).join(' ');
      const result = await (
        await host()
      ).run(quoted, {
        timeoutMs: Number(values.timeout) * 1000,
        cwd: values.cwd,
        ...(process.stdin.isTTY ? {} : { input: process.stdin as AsyncIterable<Buffer> }),
        onStdout: (chunk) => process.stdout.write(chunk),
        onStderr: (chunk) => process.stderr.write(chunk),
      });
      process.stdin.destroy();
      return result.exitCode;
    }
    case 'shell':
      return await attachToDom0((await host()).address, 'exec bash -l', values.cwd);
    case 'push':
    case 'pull': {
      const [from, to] = words;
      if (from === undefined || to === undefined) throw new Error(`${command} needs two paths`);
      await (await host())[command](from, to);
      return 0;
    }
    case 'log':
      process.stdout.write(await (await host()).serial());
      return 0;
    case 'list':
      for (const up of await listHosts()) process.stdout.write(`${up.name}\tpid ${String(up.pid)}\t${up.serialLog}\n`);
      return 0;
    case 'down':
      process.stdout.write((await dropHost(name)) ? `host "${name}" ended\n` : `host "${name}" was not up\n`);
      return 0;
    default:
      process.stderr.write(USAGE);
      return 2;
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  process.stderr.write(`dom0: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
