// A toolstack of its own process: starts a device model, or watches them all, until it is killed.
import { DEVICE_MODELS, Operation, Toolstack } from '@xen-image/core';
import { qemuProcessPlugin } from '@xen-image/dm-qemu';
import { posixPlugin } from '@xen-image/posix';
import { xenStorePlugin } from '@xen-image/xenstore';

const { does, address, places, start } = JSON.parse(process.argv[2]);
const { registry } = new Toolstack({
  plugins: [xenStorePlugin({ address }), posixPlugin(), qemuProcessPlugin(places)],
});
const models = new Operation(registry).get(DEVICE_MODELS);
const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

if (does === 'start') {
  say(await models.start(start));
  setInterval(() => undefined, 1000);
} else {
  for await (const event of models.watch(new AbortController().signal)) say(event);
}
