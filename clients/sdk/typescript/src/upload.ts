// Images of applications on their way to the portal, in chunks: after a break,
// the same call goes on where it was.

import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';

import type { Otrp } from './client.js';
import { ProblemError } from './errors.js';
import type { components } from './made/api.js';
import { repeatable } from './retry.js';

// The largest that the portal takes.
const CHUNK = 1 << 20;

export interface Image {
  spid: string;
  taid: string;
  version: string;
  // "jws" where it is missing.
  format?: 'jws' | 'optee';
  manifest?: components['schemas']['Manifest'];
  // Base64.
  personalizationData?: string;
}

async function digestOf(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const part of createReadStream(path)) hash.update(part as Buffer);
  return hash.digest('base64');
}

// Makes a version of the signed image in a file. The file must stay as it is
// meanwhile. onProgress: octets that the portal has, and all.
export async function upload(
  otrp: Otrp, image: Image, path: string,
  onProgress: (received: number, size: number) => void = () => {},
): Promise<components['schemas']['CompleteUploadResponse']> {
  const { spid, taid, version, format = 'jws', ...rest } = image;
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const begun = await otrp.post('/v1/uploads', {
      headers: repeatable(),
      body: { spid, taid, version, format, size: `${size}`,
        sha256: await digestOf(path) },
    });
    const uploadId = begun.upload!.uploadId;
    let received = Number(begun.upload!.received);
    const buffer = Buffer.alloc(CHUNK);
    while (received < size) {
      onProgress(received, size);
      const { bytesRead } = await file.read(buffer, 0, CHUNK, received);
      if (bytesRead === 0) throw new Error(`${path}: is shorter than it was`);
      received = await write(otrp, uploadId, received,
        buffer.subarray(0, bytesRead));
    }
    onProgress(received, size);
    return await otrp.post('/v1/uploads/{uploadId}:complete', {
      headers: repeatable(), params: { path: { uploadId } }, body: rest,
    });
  } finally {
    await file.close();
  }
}

// The offset to go on at.
async function write(otrp: Otrp, uploadId: string, offset: number,
  chunk: Uint8Array): Promise<number> {
  try {
    const answer = await otrp.put('/v1/uploads/{uploadId}/content', {
      params: { path: { uploadId }, query: { offset: `${offset}` } },
      headers: { 'content-type': 'application/octet-stream' },
      body: chunk, bodySerializer: (octets) => octets as Uint8Array,
    });
    return Number(answer.received);
  } catch (error) {
    if (!(error instanceof ProblemError) ||
        error.code !== 'FAILED_PRECONDITION') {
      throw error;
    }
    // Somebody else writes it too, or more came than we were told.
    const { upload: now } = await otrp.get('/v1/uploads/{uploadId}',
      { params: { path: { uploadId } } });
    const received = Number(now!.received);
    if (received === offset) throw error;
    return received;
  }
}
