// fetch() over node:https, which unlike Node.js's own takes roots and a client
// certificate without another package. Follows no redirects: a token goes to
// the server that it is for.

import * as http from 'node:http';
import * as https from 'node:https';

import { ConnectionError } from './errors.js';

// PEM.
export interface Tls {
  ca?: string | Buffer;
  cert?: string | Buffer;
  key?: string | Buffer;
}

export type Fetch = (request: Request) => Promise<Response>;

const LOOPBACK = new Set(['127.0.0.1', '[::1]', 'localhost']);
// Answers are JSON of some KB; a page of a list is the largest.
const MAX_BODY = 64 << 20;

// Throws where a credential would go over the network in clear.
export function checkUrl(url: URL): void {
  if (url.protocol === 'https:') return;
  if (url.protocol !== 'http:' || !LOOPBACK.has(url.hostname)) {
    throw new TypeError(`${url.origin}: must be https, or http on loopback`);
  }
}

function responseOf(incoming: http.IncomingMessage, body: Buffer): Response {
  const headers = new Headers();
  for (let i = 0; i + 1 < incoming.rawHeaders.length; i += 2) {
    headers.append(incoming.rawHeaders[i]!, incoming.rawHeaders[i + 1]!);
  }
  const status = incoming.statusCode ?? 500;
  const bare = status === 204 || status === 304;
  return new Response(bare ? null : body, { status, headers });
}

function readAll(incoming: http.IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    incoming.on('data', (part: Buffer) => {
      size += part.length;
      if (size > MAX_BODY) {
        incoming.destroy(new Error(`answers with more than ${MAX_BODY} octets`));
        return;
      }
      parts.push(part);
    });
    incoming.on('end', () => resolve(Buffer.concat(parts)));
    incoming.on('error', reject);
    incoming.on('aborted', () => reject(new Error('the answer was cut')));
  });
}

// timeout: in seconds without a sign of the server.
export function newTransport(tls: Tls, timeout: number): Fetch {
  const secure = new https.Agent({ ...tls, keepAlive: true });
  const plain = new http.Agent({ keepAlive: true });
  return async (request) => {
    const url = new URL(request.url);
    checkUrl(url);
    const body = Buffer.from(await request.arrayBuffer());
    const headers: Record<string, string> = {};
    request.headers.forEach((value, name) => { headers[name] = value; });
    if (request.method !== 'GET') headers['content-length'] = `${body.length}`;
    const options = { method: request.method, headers, signal: request.signal,
      timeout: timeout * 1000 };
    try {
      const incoming = await new Promise<http.IncomingMessage>(
        (resolve, reject) => {
          const outgoing = url.protocol === 'https:' ?
            https.request(url, { ...options, agent: secure }, resolve) :
            http.request(url, { ...options, agent: plain }, resolve);
          outgoing.on('error', reject);
          outgoing.on('timeout', () => outgoing.destroy(
            new Error(`nothing came for ${timeout} s`)));
          outgoing.end(body);
        });
      return responseOf(incoming, await readAll(incoming));
    } catch (error) {
      if (request.signal.aborted) throw error;
      throw new ConnectionError(`${url.origin}: ${(error as Error).message}`,
        { cause: error });
    }
  };
}
