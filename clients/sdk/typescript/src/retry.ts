// Tries again what may be tried again.

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

// Of a request's own: it may have its effect twice (see repeatable()).
const REPEATABLE = 'x-otrp-repeatable';

// For headers of a POST that changes nothing the second time.
export function repeatable(): Record<string, string> {
  return { [REPEATABLE]: '1' };
}

const sleep = (seconds: number) =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));

// 429 says that nothing was done, so that any request may be sent again. After
// 503, and where no answer came, only one that does no harm twice.
export function withRetries(fetch: Fetch, options: RetryOptions): Fetch {
  return async (request) => {
    const harmless = request.headers.has(REPEATABLE) ||
      ['GET', 'PUT', 'DELETE'].includes(request.method);
    request.headers.delete(REPEATABLE);
    for (let n = 1; ; n++) {
      let asked: number | undefined;
      try {
        const response = await fetch(request.clone());
        const again = response.status === 429 ||
          (response.status === 503 && harmless);
        asked = retryAfter(response);
        if (!again || n >= options.tries || (asked ?? 0) > options.maxWait) {
          return response;
        }
      } catch (error) {
        if (!(error instanceof ConnectionError) || !harmless ||
            n >= options.tries) {
          throw error;
        }
      }
      const most = Math.min(options.wait * 2 ** (n - 1), options.maxWait);
      // Up to half more, so that many clients don't come back at once.
      await sleep((asked ?? most / 2) + Math.random() * most / 2);
    }
  };
}
