import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';

import { verify, WebhookError } from '../src/index.js';

const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const OTHER = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
const NOW = 1_700_000_000;
const BODY = '{"specversion":"1.0","id":"e1","source":"/","type":"otrp.x"}';
const now = () => NOW;

function signed(secret: string, body = BODY, at = NOW, id = 'e1') {
  const mac = createHmac('sha256', Buffer.from(secret.slice(6), 'base64'))
    .update(`${id}.${at}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': `${at}`,
    'webhook-signature': `v1,${mac}` };
}

test('a signed event is read', () => {
  assert.equal(verify(SECRET, signed(SECRET), BODY, { now }).type, 'otrp.x');
  assert.equal(verify(SECRET, signed(SECRET), Buffer.from(BODY), { now }).id,
    'e1');
});

test('while secrets rotate, either signature and either secret will do', () => {
  const both = signed(SECRET);
  both['webhook-signature'] += ` ${signed(OTHER)['webhook-signature']}`;
  assert.ok(verify(OTHER, both, BODY, { now }));
  assert.ok(verify([OTHER, SECRET], signed(SECRET), BODY, { now }));
});

test('what another signed, changed, kept or renamed is refused', () => {
  const good = signed(SECRET);
  for (const [headers, body] of [
    [signed(OTHER), BODY],
    [good, BODY.replace('otrp.x', 'otrp.y')],
    [signed(SECRET, BODY, NOW - 301), BODY],
    [signed(SECRET, BODY, NOW + 301), BODY],
    [{ ...good, 'webhook-timestamp': 'soon' }, BODY],
    [{ ...good, 'webhook-id': 'e2' }, BODY],
    [signed(SECRET, BODY, NOW, 'e2'), BODY],
    [{ ...good, 'webhook-signature': '' }, BODY],
    [{ ...good, 'webhook-signature': 'v1,' }, BODY],
    [{ ...good, 'webhook-signature': good['webhook-signature'].slice(3) },
      BODY],
    [{ ...good, 'webhook-signature': undefined }, BODY],
  ] as const) {
    assert.throws(() => verify(SECRET, headers, body, { now }), WebhookError,
      JSON.stringify(headers));
  }
});

test('a secret that is none is no check', () => {
  for (const bad of ['', 'whsec_', SECRET.slice(6), 'whsec_AAAA']) {
    assert.throws(() => verify(bad, signed(SECRET), BODY, { now }), TypeError);
  }
  assert.throws(() => verify([], signed(SECRET), BODY, { now }), WebhookError);
});
