// A bank's whole way: it registers, is approved, brings its people, gets a
// certificate, and ships an application to a group of devices.
//
//   node dist/examples/onboarding.js SPID GROUP FOLDER
//
// Environment: OTRP_API and OTRP_CA_FILE; OTRP_CERT_FILE and OTRP_KEY_FILE are
// the operator's, who here sits at the same desk. FOLDER gets the bank's key.

import { execFileSync } from 'node:child_process';
import { createSign, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { each, Otrp, ProblemError, upload } from '../src/index.js';

function argument(n: number, name: string): string {
  const value = process.argv[1 + n];
  if (!value) throw new TypeError(`${name} is missing: SPID GROUP FOLDER`);
  return value;
}

const spid = argument(1, 'SPID');
const group = argument(2, 'GROUP');
const folder = argument(3, 'FOLDER');
const TAID = 'com.example.wallet';
const VERSION = '1.0.0';

const url = process.env['OTRP_API'] ?? '';
const ca = readFileSync(process.env['OTRP_CA_FILE'] ?? '');
const operator = Otrp.fromEnvironment();
const nobody = new Otrp({ url, tls: { ca } });
const sp = { spid };
const VERSION_PATH =
  '/v1/service-providers/{spid}/applications/{taid}/versions/{version}';
const version = { path: { spid, taid: TAID, version: VERSION } };

async function accept(code: string, name: string): Promise<Otrp> {
  const { token } = await nobody.post('/v1/invitations:accept',
    { body: { code, name } });
  return new Otrp({ url, token, tls: { ca } });
}

async function register(): Promise<Otrp> {
  const { registration, code } = await nobody.post(
    '/v1/registrations',
    { body: { spid, name: 'The Bank', contact: '+49 30 123456' } });
  await operator.post('/v1/registrations/{registrationId}:approve', {
    params: { path: { registrationId: registration!.registrationId } },
    body: {},
  });
  return accept(code, 'alice');
}

async function invite(owner: Otrp, role: string, name: string): Promise<Otrp> {
  const { code } = await owner.post(
    '/v1/service-providers/{spid}/invitations',
    { params: { path: sp }, body: { role } });
  return accept(code, name);
}

async function reviewer(): Promise<Otrp> {
  const { code } = await operator.post('/v1/operators/invitations',
    { body: { role: 'approver' } });
  return accept(code, `reviewer-of-${spid}`);
}

// The certificate's chain, DER in base64; its key is in a file of FOLDER.
async function enrol(owner: Otrp, key: string): Promise<string[]> {
  const csr = join(folder, 'ta.csr');
  execFileSync('openssl', ['req', '-new', '-newkey', 'rsa:2048', '-noenc',
    '-keyout', key, '-subj', '/CN=TA signing', '-outform', 'DER', '-out', csr],
  { stdio: 'pipe' });
  const { chainDer } = await owner.post(
    '/v1/service-providers/{spid}/certificates', {
      params: { path: sp },
      body: { csrDer: readFileSync(csr, 'base64') },
    });
  return chainDer;
}

// A flattened JWS (docs/ta-image.md).
function sign(code: Buffer, key: string, x5c: string[]): string {
  const base64url = (octets: Buffer | string) =>
    Buffer.from(octets).toString('base64url');
  const header = base64url(JSON.stringify(
    { alg: 'RS256', taid: TAID, taver: VERSION }));
  const payload = base64url(code);
  const signature = createSign('sha256').update(`${header}.${payload}`)
    .sign(readFileSync(key));
  const path = join(folder, 'ta.jws');
  writeFileSync(path, JSON.stringify({ payload, protected: header,
    header: { x5c }, signature: base64url(signature) }));
  return path;
}

// What the server says no with.
async function refused(answer: Promise<unknown>): Promise<ProblemError> {
  try {
    await answer;
  } catch (error) {
    if (error instanceof ProblemError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

const owner = await register();
const developer = await invite(owner, 'developer', 'bob');
const releaser = await invite(owner, 'releaser', 'carol');
const names: string[] = [];
for await (const member of each((pageToken) => owner.get(
  '/v1/service-providers/{spid}/members',
  { params: { path: sp, query: { pageSize: 1, pageToken } } }),
(page) => page.members)) {
  names.push(`${member.name}: ${member.role}`);
}
console.log(`members: ${names.join(', ')}`);

const key = join(folder, 'ta.key');
const chain = await enrol(owner, key);
const path = sign(randomBytes(2 << 20), key, chain);
await upload(developer,
  { ...sp, taid: TAID, version: VERSION, manifest: { displayName: 'Wallet' } },
  path, (received, size) => console.log(`uploaded: ${received} of ${size}`));

const { review } = await developer.post(`${VERSION_PATH}:submit`,
  { params: version, body: {} });
console.log(`checked: ${review!.checks.join(', ')}`);
await (await reviewer()).post(`${VERSION_PATH}:approve`,
  { params: version, body: { reason: 'as agreed' } });

const no = await refused(developer.post(`${VERSION_PATH}:release`,
  { params: version, body: {} }));
console.log(`a developer releases: ${no.status} ${no.code}`);
await operator.post('/v1/service-providers/{spid}/entitlements',
  { params: { path: sp }, body: { target: { group } } });
await releaser.post(`${VERSION_PATH}:release`,
  { params: version, body: {} });
const { delivered } = await releaser.post(
  '/v1/service-providers/{spid}/applications/{taid}/assignments', {
    params: { path: { spid, taid: TAID } }, body: { target: { group } },
  });
console.log(`assigned to ${group}, delivered: ${delivered}`);
