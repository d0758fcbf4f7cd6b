// Takes a webhook's events and says what happened.
//
//   node dist/examples/webhook_receiver.js SECRETS
//
// SECRETS: a file with the webhook's secret; while it rotates, with both, a
// line each. Listens on a free port of loopback: before it stands what ends
// HTTPS.

import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { verify, WebhookError } from '../src/index.js';

const MAX_BODY = 1 << 20;
// In earnest: a table, so that an event is taken once whatever dies.
const seen = new Set<string>();

async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > MAX_BODY) return undefined;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}

async function statusOf(request: IncomingMessage): Promise<number> {
  const body = await bodyOf(request);
  if (body === undefined) return 413;
  const secrets = readFileSync(process.argv[2] ?? '', 'ascii').split(/\s+/)
    .filter((secret) => secret !== '');
  try {
    const event = verify(secrets, request.headers, body);
    if (!seen.has(event.id)) {
      seen.add(event.id);
      console.log(event.type, event.subject ?? '');
    }
    return 204;
  } catch (error) {
    if (!(error instanceof WebhookError)) throw error;
    console.log(`refused: ${error.message}`);
    return 400;
  }
}

const server = createServer((request, response) => {
  statusOf(request).then((status) => response.writeHead(status).end(),
    () => response.writeHead(500).end());
});
server.listen(0, '127.0.0.1', () => {
  console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
