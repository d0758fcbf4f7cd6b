// An OpenID Connect issuer on loopback (npm's oidc-provider), which gives a CI's
// job an ID token as GitHub and GitLab do: at an address of its own.
//
//   GET /ci/token?client=otrp&sub=..&<claim>=..   a token, ES256
//   client=otrp-rs256                             the same, RS256
//   POST /ci/rotate                               new keys from now on
//
// Environment: NODE_MODULES, where the packages are. Prints its URL and serves
// until its standard input ends.

import { createRequire } from 'node:module';
import { createServer } from 'node:http';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';

const require = createRequire(`${process.env.NODE_MODULES}/`);
const { Provider } = await import(
  pathToFileURL(require.resolve('oidc-provider')));

function newKey(type, options) {
  const key = generateKeyPairSync(type, options).privateKey
    .export({ format: 'jwk' });
  return { ...key, kid: randomUUID(), use: 'sig' };
}

function newProvider(issuer) {
  const provider = new Provider(issuer, {
    jwks: {
      keys: [newKey('ec', { namedCurve: 'P-256' }),
        newKey('rsa', { modulusLength: 2048 })],
    },
    clients: ['ES256', 'RS256'].map((alg) => ({
      client_id: alg === 'ES256' ? 'otrp' : 'otrp-rs256',
      token_endpoint_auth_method: 'none',
      redirect_uris: ['https://ci.example/none'],
      response_types: ['code'],
      grant_types: ['authorization_code'],
      id_token_signed_response_alg: alg,
    })),
    enabledJWA: { idTokenSigningAlgValues: ['ES256', 'RS256'] },
    conformIdTokenClaims: false,
    features: { devInteractions: { enabled: false } },
  });
  provider.use(async (ctx, next) => {
    if (ctx.path !== '/ci/token') return next();
    const { client: id, sub, ...claims } = ctx.query;
    const client = await provider.Client.find(id);
    const token = new provider.IdToken({ sub }, { ctx: { oidc: { client } },
      client });
    token.scope = 'openid';
    for (const [name, value] of Object.entries(claims)) token.set(name, value);
    ctx.body = await token.issue({ use: 'idtoken' });
  });
  return provider.callback();
}

let serve;
const server = createServer((request, response) => {
  if (request.url === '/ci/rotate') {
    serve = newProvider(server.issuer);
    response.end();
    return;
  }
  serve(request, response);
});
server.listen(0, '127.0.0.1', () => {
  server.issuer = `http://127.0.0.1:${server.address().port}`;
  serve = newProvider(server.issuer);
  console.log(server.issuer);
});
process.stdin.resume();
process.stdin.on('end', () => process.exit(0));
