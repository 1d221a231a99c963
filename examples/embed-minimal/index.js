// A toolstack of one file: creates a PV guest, watches it until it ends, removes it. On this Xen host, or with
// `--simulate` on a simulated one, whose guest powers off by itself after a second.
import { Toolstack, XENSTORE, Operation } from '@xen-image/core';
import { x86PvPlugin } from '@xen-image/handler-x86-pv';

const simulate = process.argv.includes('--simulate');
const [kernel = '/boot/vmlinuz', ramdisk] = process.argv.slice(2).filter((word) => !word.startsWith('--'));
const { plugins, simulator } = simulate ? await simulated() : { plugins: await thisHost() };
const toolstack = new Toolstack({ plugins: [x86PvPlugin, ...plugins] });

const lines = ['name = "minimal"', 'memory = 128', `kernel = "${kernel}"`, 'extra = "console=hvc0"'];
const plan = await toolstack.plan({ text: [...lines, ramdisk ? `ramdisk = "${ramdisk}"` : ''].join('\n') });
const stopping = new AbortController();
process.once('SIGINT', () => stopping.abort());
const { domid, name } = await toolstack.create(plan, {
  signal: stopping.signal,
  onProgress: ({ phase, step }) => console.log(`${phase}: ${step}`),
});
console.log(`${name} runs as domain ${domid}`);
if (simulator) setTimeout(() => simulator.asDomain(domid).shutdown('poweroff'), 1000);

const operation = new Operation(toolstack.registry);
// xenstore tells of every domain that ends; the first event is for the present state.
for await (const _ of operation.get(XENSTORE).watch('@releaseDomain', { signal: stopping.signal })) {
  const domain = (await toolstack.list()).find((one) => one.domid === domid);
  if (domain !== undefined && domain.shutdownReason === undefined) continue;
  console.log(`${name} has ended: ${domain?.shutdownReason ?? 'destroyed by somebody else'}`);
  if (domain !== undefined) await toolstack.destroy(domid, { uuid: plan.config.uuid });
  break;
}
await operation.close();
simulator?.close();

async function simulated() {
  const { openSimulator } = await import('@xen-image/xen-sim');
  const simulator = openSimulator({ files: { [kernel]: 'file' } });
  return { simulator, plugins: [simulator.plugin] };
}
async function thisHost() {
  const [{ xenPlugin }, { xenStorePlugin }, { posixPlugin }] = await Promise.all([
    import('@xen-image/xc-bindings'),
    import('@xen-image/xenstore'),
    import('@xen-image/posix'),
  ]);
  return [xenPlugin(), xenStorePlugin(), posixPlugin()];
}
