import swagger from '@fastify/swagger';
import { isXenImageError } from '@xen-image/core';
import fastify from 'fastify';
import { eventsOf, Operations } from './operations.js';

const error = {
  type: 'object',
  properties: { code: { type: 'string' }, message: { type: 'string' }, hint: { type: 'string' } },
  required: ['code', 'message'],
};
const operation = {
  type: 'object',
  properties: { id: { type: 'string' }, state: { enum: ['running', 'done', 'failed'] }, name: { type: 'string' } },
};
const domain = {
  type: 'object',
  properties: {
    domid: { type: 'integer' },
    uuid: { type: 'string' },
    name: { type: ['string', 'null'] },
    memoryKib: { type: 'integer' },
    paused: { type: 'boolean' },
  },
};
const named = { type: 'object', properties: { name: { type: 'string' } }, required: ['name'] };
const identified = { type: 'object', properties: { id: { type: 'string' } }, required: ['id'] };

/** Codes of requests that cannot be, whatever the host is like; others are failures of the host. */
function statusOf({ code }) {
  if (code === 'DOMAIN_UNKNOWN') return 404;
  if (code === 'NAME_TAKEN' || code === 'UUID_TAKEN') return 409;
  return /^(?:CONFIG_|HANDLER_UNKNOWN|MEMORY_TOO_SMALL)/.test(code) ? 422 : 500;
}

/** The service over a toolstack and the guests that are its own. Nothing is listened on yet. */
export async function createService({ toolstack, guests, logger = false }) {
  const app = fastify({ logger, forceCloseConnections: true });
  const operations = new Operations();
  await app.register(swagger, { openapi: { info: { title: 'A toolstack of one’s own', version: '1.0.0' } } });

  app.setErrorHandler((thrown, _request, reply) => {
    if (isXenImageError(thrown)) return reply.code(statusOf(thrown)).send(thrown.toJSON());
    const status = thrown.statusCode ?? 500;
    return reply.code(status).send({ code: thrown.code ?? 'INTERNAL', message: thrown.message });
  });

  app.get('/openapi.json', { schema: { hide: true } }, () => app.swagger());

  app.route({
    method: 'POST',
    url: '/domains',
    schema: {
      summary: 'Creates a guest; it is planned at once and made in the background',
      body: {
        type: 'object',
        properties: { config: { type: 'string' }, paused: { type: 'boolean' } },
        required: ['config'],
        additionalProperties: false,
      },
      response: { 202: operation, '4xx': error, '5xx': error },
    },
    async handler({ body }, reply) {
      const plan = await toolstack.plan({ text: body.config });
      const { name, uuid } = plan.config;
      const { id, state } = operations.begin(async (signal, tell) => {
        await guests.add({ uuid, name });
        try {
          return await toolstack.create(plan, {
            paused: body.paused === true,
            signal,
            onProgress: ({ phase, step }) => tell('progress', { phase, step }),
            onWarning: (code, message) => tell('warning', { code, message }),
          });
        } catch (failure) {
          await guests.remove(uuid);
          throw failure;
        }
      });
      return reply.code(202).send({ id, state, name });
    },
  });

  app.route({
    method: 'GET',
    url: '/operations/:id',
    schema: { summary: 'How a creation stands', params: identified, response: { 200: operation, 404: error } },
    handler({ params }, reply) {
      const found = operations.get(params.id);
      if (found === undefined) return reply.code(404).send({ code: 'OPERATION_UNKNOWN', message: 'there is none' });
      return reply.send({ id: found.id, state: found.state });
    },
  });

  app.route({
    method: 'GET',
    url: '/operations/:id/events',
    schema: {
      summary: 'Progress as server-sent events, from the beginning to the end',
      params: identified,
      produces: ['text/event-stream'],
    },
    async handler({ params, raw }, reply) {
      const found = operations.get(params.id);
      if (found === undefined) return reply.code(404).send({ code: 'OPERATION_UNKNOWN', message: 'there is none' });
      reply.hijack();
      reply.raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      const gone = new AbortController();
      raw.once('close', () => gone.abort());
      try {
        for await (const { event, data } of eventsOf(found, gone.signal)) {
          reply.raw.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
        }
      } catch {
        // Whoever listened went away.
      }
      reply.raw.end();
    },
  });

  app.route({
    method: 'GET',
    url: '/domains',
    schema: { summary: 'The guests of this service', response: { 200: { type: 'array', items: domain } } },
    handler: () => guests.list(),
  });

  app.route({
    method: 'DELETE',
    url: '/domains/:name',
    schema: { summary: 'Ends a guest of this service', params: named, response: { 200: domain, 404: error } },
    async handler({ params }, reply) {
      const destroyed = await guests.destroy(params.name);
      if (destroyed !== undefined) return destroyed;
      return reply.code(404).send({ code: 'DOMAIN_UNKNOWN', message: `there is no guest ${params.name}` });
    },
  });

  // Creations are ended and undone before the last connection goes; guests that run stay.
  app.addHook('preClose', () => operations.endAll());
  return app;
}
