// A server of a test: says what it is told to, and keeps what it was asked.

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  method: string;
  url: string;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

export type Said = [status: number, headers: Record<string, string>,
  body: unknown] | 'nothing';

export interface Server {
  url: string;
  asked: Asked[];
  close(): Promise<void>;
}

export async function serve(say: (asked: Asked, n: number) => Said,
): Promise<Server> {
  const asked: Asked[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const one = { method: request.method!, url: request.url!,
      headers: request.headers, body: Buffer.concat(parts) };
    const said = say(one, asked.push(one));
    if (said === 'nothing') {
      request.socket.destroy();
      return;
    }
    const [status, headers, body] = said;
    response.writeHead(status, { 'content-type': 'application/json',
      ...headers });
    response.end(body === undefined ? '' : JSON.stringify(body));
  });
  await new Promise<void>((ready) => { server.listen(0, '127.0.0.1', ready); });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked,
    close: () => new Promise((done) => {
      server.closeAllConnections();
      server.close(() => done());
    }),
  };
}
