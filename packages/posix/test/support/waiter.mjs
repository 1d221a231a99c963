// A worker thread that ends while it waits for the end of a process, in a program that goes on.
import { setTimeout } from 'node:timers/promises';
import { isMainThread, Worker } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { createPosix } from '@xen-image/posix';

if (isMainThread) {
  const worker = new Worker(fileURLToPath(import.meta.url));
  await new Promise((resolve) => worker.once('exit', resolve));
  // What went wrong with the worker's end would show as the event loop goes on.
  await setTimeout(100);
  process.stdout.write('goes on\n');
} else {
  const posix = createPosix();
  const own = await posix.identify(process.pid);
  void posix.waitForExit(own).then(() => process.stdout.write('it is told that it ended\n'));
  await setTimeout(100);
  process.exit();
}
