// Starts a program, says its pid, and is done: as an operator's command, or as a worker thread of a program that goes on.
import { isMainThread, Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { createPosix } from '@xen-image/posix';

if (isMainThread && process.argv[2] === 'worker') {
  const worker = new Worker(fileURLToPath(import.meta.url));
  worker.once('exit', (status) => {
    process.exitCode = status;
  });
} else {
  const start = { program: 'sleep', args: ['60'], environment: process.env, descriptors: {}, umask: 0o077 };
  const { pid } = await createPosix().spawn(start);
  process.stdout.write(String(pid));
}
