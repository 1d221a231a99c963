// node src/main.js [--port N] [--state DIRECTORY] [--simulate]
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { Guests } from './guests.js';
import { createService } from './service.js';
import { hostToolstack, simulatedToolstack } from './toolstack.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '8080' },
    state: { type: 'string', default: '/var/lib/xen-image-service' },
    simulate: { type: 'boolean', default: false },
  },
});
mkdirSync(values.state, { recursive: true });
const { toolstack } = values.simulate
  ? await simulatedToolstack({ stateFile: join(values.state, 'host.json') })
  : { toolstack: await hostToolstack() };
const guests = new Guests(toolstack, join(values.state, 'guests.json'));
const app = await createService({ toolstack, guests, logger: true });

const { adopted, recovered } = await guests.adopt();
app.log.info({ adopted: adopted.length, recovered: recovered.length }, 'took over what was there');
const watching = new AbortController();
const watched = guests.watch(watching.signal, app.log);
await app.listen({ host: '127.0.0.1', port: Number(values.port) });

for (const signal of ['SIGTERM', 'SIGINT']) {
  process.once(signal, async () => {
    await app.close();
    watching.abort();
    await watched;
    process.exit();
  });
}
