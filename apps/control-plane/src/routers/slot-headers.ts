/**
 * Headers on the way to a customer's service and back. Its pages come from our origin, unless slots have a host of their
 * own: they must get nothing that is ours, and say nothing for all of the origin. Pure.
 */
import { TRANSPORT_SECURITY } from '../security-headers.ts';

/** Of one connection and not of the message (RFC 9110, 7.6.1). */
const OF_ONE_CONNECTION = [
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

/** What Cloudflare, the clouds of machines and we ourselves tell each other by. */
const BETWEEN_US = /^(?:cf-|cdn-loop$|x-fettle-|fly-|x-daytona-)/;

/** What holds for a whole origin, whoever on it says so. */
const FOR_ALL_OF_THE_ORIGIN = [
  'strict-transport-security',
  'service-worker-allowed',
  'clear-site-data',
  'alt-svc',
  'nel',
  'report-to',
  'reporting-endpoints',
  'origin-agent-cluster',
];

/** Cookies of Cloudflare itself, Access's identity among them. */
const OF_CLOUDFLARE = /^(?:CF_|cf_|__cf)/;

/** Scripts and forms run, in an origin that nothing else is in: it holds no storage, no cookie and no token of ours. */
const SANDBOX = 'sandbox allow-scripts allow-forms allow-popups allow-modals allow-downloads';

/** What a visitor's headers become. Who somebody is to us is nobody else's business. */
export function headersToService(asked: Headers): Headers {
  const headers = passedOn(asked);
  headers.delete('authorization');
  const cookies = (headers.get('cookie') ?? '').split(';').map((cookie) => cookie.trim());
  const theirs = cookies.filter((cookie) => cookie !== '' && !OF_CLOUDFLARE.test(cookie));
  headers.delete('cookie');
  if (theirs.length > 0) headers.set('cookie', theirs.join('; '));
  return headers;
}

/** What a service's headers become. `below`: the slot's path, such as `/s/demo/web-1/`; `shared`: it is on our origin. */
export function headersFromService(
  answered: Headers,
  { below, shared }: { below: string; shared: boolean },
): Headers {
  const headers = passedOn(answered);
  for (const name of FOR_ALL_OF_THE_ORIGIN) headers.delete(name);
  headers.set('strict-transport-security', TRANSPORT_SECURITY);
  // Beside a policy of its own: a browser keeps to both.
  if (shared) headers.append('content-security-policy', SANDBOX);
  headers.delete('set-cookie');
  for (const cookie of answered.getSetCookie()) headers.append('set-cookie', cookieBelow(cookie, below));
  return headers;
}

/** A cookie that no browser sends anywhere but to this host and below the slot's path. */
function cookieBelow(cookie: string, below: string): string {
  const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim());
  const named = (part: string, name: string) => part.split('=')[0]?.trim().toLowerCase() === name;
  const path =
    attributes
      .findLast((part) => named(part, 'path'))
      ?.split('=')[1]
      ?.trim() ?? '/';
  const kept = attributes.filter((part) => !named(part, 'path') && !named(part, 'domain'));
  return [pair, ...kept, `Path=${path.startsWith(below) && !path.includes('..') ? path : below}`].join('; ');
}

function passedOn(from: Headers): Headers {
  const headers = new Headers(from);
  const named = (headers.get('connection') ?? '').split(',').map((name) => name.trim().toLowerCase());
  for (const name of from.keys())
    if (BETWEEN_US.test(name) || OF_ONE_CONNECTION.includes(name) || named.includes(name))
      headers.delete(name);
  return headers;
}
