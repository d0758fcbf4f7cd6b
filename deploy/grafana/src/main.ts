// main.js FOLDER FILE: writes each dashboard as FOLDER/name.json and their
// description as FILE.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { api } from './api';
import { attestationVerifier } from './attestation_verifier';
import { build } from './build';
import { ca } from './ca';
import { document } from './document';
import { fleet } from './fleet';
import { gateway } from './gateway';
import { overview } from './overview';
import { SERVICES } from './parts';
import { postgres } from './postgres';
import { spPortal } from './sp_portal';
import { standard } from './standard';
import { tsm } from './tsm';

const OWN = [gateway, api, tsm, attestationVerifier, ca, spPortal];

const ALL = [
  overview, fleet,
  ...SERVICES.map(({ name, schema }) => OWN.find((d) => d.name === name) ??
      standard(name, schema !== undefined)),
  postgres,
];

function main(args: string[]): void {
  const [folder, file] = args;
  if (folder === undefined || file === undefined) {
    throw new Error('usage: main.js FOLDER FILE');
  }
  const made = ALL.map((spec) => ({
    name: spec.name, json: build(spec, ALL),
  }));
  for (const { name, json } of made) {
    writeFileSync(join(folder, `${name}.json`),
                  JSON.stringify(json, null, 1) + '\n');
  }
  writeFileSync(file, document(made));
}

main(process.argv.slice(2));
