import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JWK, type JWTPayload } from 'jose';

/** Audience of the one application that the stand-in protects. */
export const ACCESS_AUDIENCE = '32eafc7626e974616deaf0dc3ce63d7bcbed58a2731e84d06bc3cdf1b53c4228';

/** Where a login gets its token from: no path of Access, whose own way is a page in a browser. */
export const LOGIN_PATH = '/login';

/** What the application's policy lets in: people of these domains, and service tokens of these names. */
const DOMAINS = ['acme.test', 'globex.test'];
const SERVICE_TOKENS = ['ci.access'];

/** Stands in for a team of Cloudflare Access: serves its keys, and gives tokens to those whom its policy lets in. */
export type AccessServer = {
  /** Its origin, which is the issuer of its tokens. */
  team: string;
  /** How often its keys were asked for. */
  keyRequests(): number;
  /** Answers no more requests for keys, or does again. */
  setBroken(how: 'fails' | 'hangs' | null): void;
  /** Signs from now on with another key; the one before stays known, as at Access, or is gone. */
  rotate(keep: boolean): Promise<void>;
  /** A token with claims that Access would not give; signed as it signs. */
  sign(claims: JWTPayload): Promise<string>;
  close(): Promise<void>;
};

type SigningKey = { kid: string; sign(claims: JWTPayload): Promise<string>; jwk: JWK };

export async function startAccessServer(): Promise<AccessServer> {
  let keys: [SigningKey, ...SigningKey[]] = [await makeKey()];
  let requests = 0;
  let broken: 'fails' | 'hangs' | null = null;
  const server = createServer((incoming, outgoing) => {
    const answer = (status: number, body: unknown) => {
      outgoing.writeHead(status, { 'content-type': 'application/json' });
      outgoing.end(JSON.stringify(body));
    };
    if (incoming.url === '/cdn-cgi/access/certs') {
      requests += 1;
      if (broken === 'hangs') return;
      if (broken === 'fails') return answer(500, {});
      return answer(200, { keys: keys.map(({ jwk }) => jwk), public_cert: {}, public_certs: [] });
    }
    if (incoming.url !== LOGIN_PATH) return answer(404, {});
    void readJson(incoming).then(async (who) =>
      isLetIn(who) ? answer(200, { token: await keys[0].sign(claimsOf(team, who)) }) : answer(403, {}),
    );
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const team = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    team,
    keyRequests: () => requests,
    setBroken: (how) => {
      broken = how;
    },
    rotate: async (keep) => {
      keys = keep ? [await makeKey(), keys[0]] : [await makeKey()];
    },
    sign: (claims) => keys[0].sign(claims),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Who logs in: a person with an address, or a program with a service token. */
export type Login = { email: string } | { common_name: string };

/** Claims as Access writes them (its documentation of application tokens has both forms). */
export function claimsOf(team: string, who: Login): JWTPayload {
  const now = Math.floor(Date.now() / 1000);
  const common = { aud: [ACCESS_AUDIENCE], exp: now + 3600, iat: now, iss: team, type: 'app' };
  return 'email' in who
    ? { ...common, ...who, nbf: now, identity_nonce: 'nonce', sub: 'a-user-id', country: 'US' }
    : { ...common, ...who, sub: '' };
}

async function makeKey(): Promise<SigningKey> {
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const kid = crypto.randomUUID();
  const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'RS256', use: 'sig' };
  const header = { alg: 'RS256', kid, typ: 'JWT' };
  return { kid, jwk, sign: (claims) => new SignJWT(claims).setProtectedHeader(header).sign(privateKey) };
}

function isLetIn(who: Login): boolean {
  return 'email' in who
    ? DOMAINS.includes(who.email.split('@')[1] ?? '')
    : SERVICE_TOKENS.includes(who.common_name);
}

async function readJson(incoming: IncomingMessage): Promise<Login> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString()) as Login;
}
