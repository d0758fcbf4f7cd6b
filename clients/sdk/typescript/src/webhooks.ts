// What comes to a webhook: is it ours, and what does it say (Standard Webhooks,
// CloudEvents 1.0).

import { createHmac, timingSafeEqual } from 'node:crypto';

// A CloudEvent in structured JSON.
export interface Event {
  specversion: '1.0';
  // The same however often an event is sent: take each once.
  id: string;
  source: string;
  // Such as "otrp.version.released".
  type: string;
  subject?: string;
  time?: string;
  datacontenttype?: string;
  data?: unknown;
}

// Answer it with 400: nobody who knows the secret sent it, or not now.
export class WebhookError extends Error {
  override readonly name = 'WebhookError';
}

function keyOf(secret: string): Buffer {
  const octets = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  if (!secret.startsWith('whsec_') || octets.length < 24) {
    throw new TypeError('secret: must be "whsec_" and base64');
  }
  return octets;
}

function equal(a: Buffer, b: Buffer): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}

// The event of a request. body: its octets exactly as they came. secrets: while
// they rotate, the new one and the one before. tolerance: seconds that the
// sender's clock may be away, and that an old message is good.
export function verify(
  secrets: string | string[],
  headers: { [name: string]: string | string[] | undefined },
  body: string | Uint8Array,
  { tolerance = 300, now = () => Date.now() / 1000 } = {},
): Event {
  const header = (name: string): string => {
    const value = headers[name];
    if (typeof value !== 'string') throw new WebhookError(`${name}: is missing`);
    return value;
  };
  const id = header('webhook-id');
  const timestamp = header('webhook-timestamp');
  if (!/^[0-9]{1,12}$/.test(timestamp) ||
      Math.abs(now() - Number(timestamp)) > tolerance) {
    throw new WebhookError('webhook-timestamp: is too old or too new');
  }
  const keys = (typeof secrets === 'string' ? [secrets] : secrets).map(keyOf);
  const signatures = header('webhook-signature').split(' ')
    .filter((one) => one.startsWith('v1,'))
    .map((one) => Buffer.from(one.slice(3), 'base64'));
  const wanted = keys.map((key) => createHmac('sha256', key)
    .update(`${id}.${timestamp}.`).update(body).digest());
  if (!wanted.some((one) => signatures.some((sent) => equal(one, sent)))) {
    throw new WebhookError('webhook-signature: is of none of the secrets');
  }
  const event = JSON.parse(typeof body === 'string' ? body :
    Buffer.from(body).toString('utf8')) as Event;
  if (event.id !== id) throw new WebhookError('id: is not that of the header');
  return event;
}
