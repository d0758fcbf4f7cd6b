// The way in: who calls, where to, and how often.

import { readFileSync } from 'node:fs';

import createClient, { type Client, type FetchOptions } from 'openapi-fetch';

import { data } from './errors.js';
import type { paths } from './made/api.js';
import { RETRY, type RetryOptions, withKey, withRetries } from './retry.js';
import { checkUrl, newTransport, type Tls } from './transport.js';

export interface Options {
  // Such as "https://otrp.example:8444".
  url: string;
  // A bearer token, or what gives one for each request. Without one: the client
  // certificate of `tls`, or nobody.
  token?: string | (() => string | Promise<string>);
  tls?: Tls;
  // Seconds without a sign of the server: 30.
  timeout?: number;
  retry?: Partial<RetryOptions>;
}

type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';
type PathOf<M extends Method> = { [P in keyof paths]:
  paths[P] extends { [method in M]: { responses: unknown } } ? P : never
}[keyof paths];
type Operation<M extends Method, P extends keyof paths> =
  paths[P] extends { [method in M]: infer O } ? O : never;
type Answer<O> = O extends
  { responses: { 200: { content: { 'application/json': infer A } } } } ? A :
  never;
// Not inferred from what is given, so that a member that isn't there doesn't
// compile: to the server, too, it would be an error.
type Asked<O> = FetchOptions<O>;

// Each path of the reference by its method:
//
//   const { members } = await otrp.get(
//     '/v1/service-providers/{spid}/members', { params: { path: { spid } } });
//
// What changes something is sent under an Idempotency-Key; one of the caller's
// own is `params: { header: { 'Idempotency-Key': key } }`.
//
// Throws a ProblemError for an answer that isn't 2xx, and a ConnectionError
// where none came.
export class Otrp {
  private readonly client: Client<paths>;

  constructor(options: Options) {
    checkUrl(new URL(options.url));
    const { token } = options;
    // A key of somebody without a credential would be everybody's.
    const known = token !== undefined || options.tls?.cert !== undefined;
    const send = withRetries(
      newTransport(options.tls ?? {}, options.timeout ?? 30),
      { ...RETRY, ...options.retry });
    this.client = createClient<paths>({
      baseUrl: options.url,
      fetch: async (request) => {
        if (token !== undefined) {
          request.headers.set('authorization', 'Bearer ' +
            (typeof token === 'string' ? token : await token()));
        }
        if (known) withKey(request);
        return send(request);
      },
    });
  }

  get<P extends PathOf<'get'>>(path: P, asked: Asked<Operation<'get', P>>) {
    return this.ask<Operation<'get', P>>('GET', path, asked);
  }

  post<P extends PathOf<'post'>>(path: P, asked: Asked<Operation<'post', P>>) {
    return this.ask<Operation<'post', P>>('POST', path, asked);
  }

  put<P extends PathOf<'put'>>(path: P, asked: Asked<Operation<'put', P>>) {
    return this.ask<Operation<'put', P>>('PUT', path, asked);
  }

  patch<P extends PathOf<'patch'>>(path: P,
    asked: Asked<Operation<'patch', P>>) {
    return this.ask<Operation<'patch', P>>('PATCH', path, asked);
  }

  delete<P extends PathOf<'delete'>>(path: P,
    asked: Asked<Operation<'delete', P>>) {
    return this.ask<Operation<'delete', P>>('DELETE', path, asked);
  }

  private ask<O>(method: string, path: string, asked: unknown,
  ): Promise<Answer<O>> {
    // The types above say it all; openapi-fetch's own would infer it anew.
    const client = this.client as unknown as {
      request(method: string, path: string, asked: unknown):
        Promise<{ data?: Answer<O>; error?: unknown; response: Response }>;
    };
    return data(client.request(method.toLowerCase(), path, asked)) as
      Promise<Answer<O>>;
  }

  // From OTRP_API, OTRP_CA_FILE, and OTRP_TOKEN_FILE or OTRP_TOKEN, or
  // OTRP_CERT_FILE with OTRP_KEY_FILE. The token's file is read for each
  // request, so that another one may be put there. Throws where OTRP_API is
  // missing or a file can't be read.
  static fromEnvironment(environment = process.env): Otrp {
    const url = environment['OTRP_API'];
    if (!url) throw new TypeError('OTRP_API is not set');
    const tls: Tls = {};
    for (const [name, variable] of [['ca', 'OTRP_CA_FILE'],
      ['cert', 'OTRP_CERT_FILE'], ['key', 'OTRP_KEY_FILE']] as const) {
      const path = environment[variable];
      if (path) tls[name] = readFileSync(path);
    }
    const file = environment['OTRP_TOKEN_FILE'];
    const token = environment['OTRP_TOKEN'];
    if (file) {
      return new Otrp({ url, tls,
        token: () => readFileSync(file, 'utf8').trim() });
    }
    return new Otrp(token ? { url, tls, token } : { url, tls });
  }
}
