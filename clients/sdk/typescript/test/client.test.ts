import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';

import { ConnectionError, each, Otrp, ProblemError, upload,
} from '../src/index.js';
import { type Said, serve, type Server } from './server.js';

const running: Server[] = [];
afterEach(async () => {
  for (const server of running.splice(0)) await server.close();
});

async function with_(say: Parameters<typeof serve>[0], token?: string) {
  const server = await serve(say);
  running.push(server);
  return { server, otrp: new Otrp({ url: server.url,
    ...(token === undefined ? {} : { token }),
    retry: { tries: 3, wait: 0.001, maxWait: 1 } }) };
}

const problem = (status: number, code: string, headers = {}): Said => [status,
  { 'content-type': 'application/problem+json', ...headers },
  { type: '/problems/x', title: 'No', status, code, detail: 'name: is bad',
    field: 'name', request_id: 'abc' }];
const devices: Said = [200, {}, { devices: [], nextPageToken: '' }];
const list = (otrp: Otrp) => otrp.get('/v1/devices', {});
const create = (otrp: Otrp) => otrp.post('/v1/service-providers',
  { body: { spid: 'a', name: 'A' } });

test('an error names member, code and request', async () => {
  const { otrp } = await with_(() => problem(400, 'INVALID_ARGUMENT'));
  await assert.rejects(create(otrp), (error: ProblemError) => {
    assert.ok(error instanceof ProblemError);
    assert.deepEqual([error.status, error.code, error.field, error.requestId,
      error.message], [400, 'INVALID_ARGUMENT', 'name', 'abc', 'name: is bad']);
    return true;
  });
});

test('an error of a proxy is an error too', async () => {
  const { otrp } = await with_(() => [502, { 'content-type': 'text/html' },
    'oh']);
  await assert.rejects(list(otrp), (error: ProblemError) =>
    error instanceof ProblemError && error.status === 502 &&
    error.code === undefined);
});

test('the token is a header, never in the URL', async () => {
  const { otrp, server } = await with_(() => devices, 'otrp_secret');
  await list(otrp);
  assert.equal(server.asked[0]!.headers['authorization'],
    'Bearer otrp_secret');
  assert.equal(server.asked[0]!.url, '/v1/devices');
});

test('no token goes over a network in clear', () => {
  for (const url of ['http://otrp.example', 'ftp://127.0.0.1']) {
    assert.throws(() => new Otrp({ url, token: 'otrp_secret' }), /https/);
  }
});

test('no redirect is followed with the token', async () => {
  const other = await with_(() => devices);
  const { otrp } = await with_(() => [307, { location: other.server.url +
    '/v1/devices' }, {}], 'otrp_secret');
  await assert.rejects(list(otrp), ProblemError);
  assert.equal(other.server.asked.length, 0);
});

test('429 is waited for, whatever was asked', async () => {
  const { otrp, server } = await with_((_, n) => n < 2 ?
    problem(429, 'RESOURCE_EXHAUSTED', { 'retry-after': '1' }) :
    [200, {}, { serviceProvider: {} }]);
  const began = Date.now();
  await create(otrp);
  assert.equal(server.asked.length, 2);
  assert.equal(server.asked[1]!.body.toString(),
    server.asked[0]!.body.toString());
  assert.ok(Date.now() - began >= 1000);
});

test('a server that says to wait for long is not waited for', async () => {
  const { otrp, server } = await with_(() =>
    problem(429, 'RESOURCE_EXHAUSTED', { 'retry-after': '3600' }));
  await assert.rejects(create(otrp), (error: ProblemError) =>
    error.retryAfter === 3600);
  assert.equal(server.asked.length, 1);
});

const keys = (server: Server) =>
  server.asked.map(({ headers }) => headers['idempotency-key']);

test('while nobody knows only what does no harm twice is sent again',
  async () => {
    for (const [status, code] of [[502, ''], [503, 'UNAVAILABLE'],
      [504, 'DEADLINE_EXCEEDED']] as const) {
      const { otrp, server } = await with_(() => problem(status, code));
      await assert.rejects(create(otrp), ProblemError);
      assert.equal(server.asked.length, 1);
      await assert.rejects(list(otrp), ProblemError);
      assert.equal(server.asked.length, 1 + 3);
      const known = new Otrp({ url: server.url, token: 'otrp_secret',
        retry: { tries: 3, wait: 0.001 } });
      await assert.rejects(create(known), ProblemError);
      assert.equal(server.asked.length, 1 + 3 + 3);
    }
  });

test('without an answer only what does no harm twice is sent again',
  async () => {
    const { otrp, server } = await with_((_, n) => n < 3 ? 'nothing' : devices);
    await assert.rejects(create(otrp), ConnectionError);
    assert.equal(server.asked.length, 1);
    await list(otrp);
    assert.equal(server.asked.length, 3);
  });

test('each change has a key of its own that its retries share', async () => {
  const { otrp, server } = await with_((_, n) => n % 2 === 1 ? 'nothing' :
    [200, {}, { serviceProvider: {} }], 'otrp_secret');
  await create(otrp);
  await create(otrp);
  await otrp.delete('/v1/service-providers/{spid}/applications/{taid}',
    { params: { path: { spid: 'a', taid: 't' } } });
  const sent = keys(server);
  assert.equal(sent.length, 6);
  for (const n of [0, 2, 4]) {
    assert.match(String(sent[n]), /^[0-9a-f-]{36}$/);
    assert.equal(sent[n], sent[n + 1]);
  }
  assert.equal(new Set(sent).size, 3);
});

test('a key of the callers own is sent', async () => {
  const { otrp, server } = await with_((_, n) => n === 1 ? 'nothing' :
    [200, {}, { serviceProvider: {} }]);
  await otrp.post('/v1/service-providers', {
    params: { header: { 'Idempotency-Key': 'mine' } },
    body: { spid: 'a', name: 'A' } });
  assert.deepEqual(keys(server), ['mine', 'mine']);
});

test('what changes nothing or has no caller has no key', async () => {
  const { otrp, server } = await with_(() => devices);
  await create(otrp);
  const known = new Otrp({ url: server.url, token: 'otrp_secret' });
  await list(known);
  await known.put('/v1/uploads/{uploadId}/content', {
    params: { path: { uploadId: 'u' }, query: { offset: '0' } },
    headers: { 'content-type': 'application/octet-stream' },
    body: Buffer.from('x'), bodySerializer: (octets) => octets as Uint8Array });
  assert.deepEqual(keys(server), [undefined, undefined, undefined]);
});

test('a first try that still runs is waited for, and others are not',
  async () => {
    const running = await with_((_, n) => n > 4 ?
      [200, {}, { serviceProvider: {} }] :
      problem(409, 'ABORTED', { 'retry-after': '0' }), 'otrp_secret');
    await create(running.otrp);
    assert.equal(running.server.asked.length, 5);
    const { otrp, server } = await with_(() => problem(409, 'ALREADY_EXISTS'),
      'otrp_secret');
    await assert.rejects(create(otrp), ProblemError);
    assert.equal(server.asked.length, 1);
  });

test('a list is read to its last page', async () => {
  const { otrp, server } = await with_((asked) => {
    const token = new URL(asked.url, 'http://x').searchParams.get('pageToken');
    return [200, {}, { members: [{ name: `after ${token}` }],
      nextPageToken: token === 'two' ? '' : token === 'one' ? 'two' : 'one' }];
  });
  const found = [];
  for await (const member of each((pageToken) => otrp.get(
    '/v1/service-providers/{spid}/members',
    { params: { path: { spid: 'a' }, query: { pageToken } } }),
  (page) => page.members)) {
    found.push(member.name);
  }
  assert.deepEqual(found, ['after ', 'after one', 'after two']);
  assert.equal(server.asked.length, 3);
});

test('an upload goes on where the portal is, and after a lost answer',
  async () => {
    const MIB = 1 << 20;
    const folder = mkdtempSync(join(tmpdir(), 'otrp-sdk-'));
    const path = join(folder, 'image');
    const image = Buffer.alloc(3 * MIB + 5, 'x').fill('y', MIB, 2 * MIB);
    writeFileSync(path, image);
    const kept = Buffer.alloc(image.length);
    let received = MIB;
    let lost = false;
    const { otrp, server } = await with_((asked) => {
      if (asked.url === '/v1/uploads') {
        return [200, {}, { upload: { uploadId: 'u', received: `${received}` } }];
      }
      if (asked.url.endsWith(':complete')) {
        return [200, {}, { imageSha256: '', signerFingerprint: '' }];
      }
      const offset = Number(new URL(asked.url, 'http://x').searchParams
        .get('offset'));
      asked.body.copy(kept, offset);
      received = offset + asked.body.length;
      if (!lost) {
        lost = true;
        return 'nothing';
      }
      return [200, {}, { received: `${received}` }];
    });
    const seen: number[] = [];
    await upload(otrp, { spid: 'a', taid: 't', version: '1' }, path,
      (octets) => seen.push(octets));
    rmSync(folder, { recursive: true });
    assert.deepEqual(seen, [MIB, 2 * MIB, 3 * MIB, 3 * MIB + 5]);
    assert.ok(kept.subarray(MIB).equals(image.subarray(MIB)));
    assert.equal(server.asked.filter((one) => one.method === 'PUT').length, 4);
    for (const { headers } of server.asked) {
      assert.equal(headers['x-otrp-repeatable'], undefined);
    }
  });
