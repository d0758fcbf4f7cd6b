// Tries again what may be tried again.

import { randomUUID } from 'node:crypto';

import { ConnectionError, retryAfter } from './errors.js';
import type { Fetch } from './transport.js';

export interface RetryOptions {
  // Of one request, the first included.
  tries: number;
  // Seconds before the second try; doubles, up to maxWait.
  wait: number;
  // Seconds. A server that says to wait longer is taken at its word: the
  // answer goes to the caller.
  maxWait: number;
}

export const RETRY: RetryOptions = { tries: 5, wait: 0.5, maxWait: 30 };

const KEY = 'idempotency-key';
// Milliseconds. A service that died holds its requests' keys for 30 s.
const MAX_RUNNING = 45_000;
// Of a request's own: it may have its effect twice (see repeatable()).
const REPEATABLE = 'x-otrp-repeatable';

// For headers of a POST that changes nothing the second time, and so needs no
// Idempotency-Key.
export function repeatable(): Record<string, string> {
  return { [REPEATABLE]: '1' };
}

const sleep = (seconds: number) =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// Gives what changes something an Idempotency-Key of its own, unless its caller
// has: sent again, it is done once. Octets that are written at their offset
// don't need one.
export function withKey(request: Request): void {
  if (request.method !== 'GET' && !request.headers.has(KEY) &&
      !request.headers.has(REPEATABLE) &&
      request.headers.get('content-type') !== 'application/octet-stream') {
    request.headers.set(KEY, randomUUID());
  }
}

// 429 says that nothing was done, so that any request may be sent again. Where
// nobody knows whether it was, only one that does no harm twice.
export function withRetries(fetch: Fetch, options: RetryOptions): Fetch {
  return async (request) => {
    const harmless = request.headers.has(REPEATABLE) ||
      request.headers.has(KEY) ||
      ['GET', 'PUT', 'DELETE'].includes(request.method);
    request.headers.delete(REPEATABLE);
    const began = Date.now();
    for (let n = 0; ;) {
      let asked: number | undefined;
      try {
        const response = await fetch(request.clone());
        asked = retryAfter(response);
        const running = response.status === 409 && asked !== undefined &&
          Date.now() - began < MAX_RUNNING;
        if (!running) n++;
        const again = running || response.status === 429 ||
          (harmless && [502, 503, 504].includes(response.status));
        if (!again || n >= options.tries || (asked ?? 0) > options.maxWait) {
          return response;
        }
      } catch (error) {
        n++;
        if (!(error instanceof ConnectionError) || !harmless ||
            n >= options.tries) {
          throw error;
        }
      }
      const most = Math.min(options.wait * 2 ** Math.max(n - 1, 0),
        options.maxWait);
      // Up to half more, so that many clients don't come back at once.
      await sleep((asked ?? most / 2) + Math.random() * most / 2);
    }
  };
}
