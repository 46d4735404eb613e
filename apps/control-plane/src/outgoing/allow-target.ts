/** Which addresses the control plane sends requests to. Pure. */

/** What may be asked. Nothing that a machine, a visitor or an answer says adds to it. */
export type Allowed = {
  /** Origins from settings, as `URL.origin` writes them: these and no others, over http only when one says so itself. */
  origins: readonly string[];
  /** Hosts that a provider may name, each with everything below it: by https, at port 443. */
  hosts: readonly string[];
};

/** `why`: for people, and without the address: whoever made it may read it. */
export type Verdict = { ok: true } | { ok: false; why: string };

/** Lower-case letters, digits and dashes; the last label, never a number, tells a name from an address. */
export const HOST_NAME = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$/;
/** A label that stands for other letters, of which many look alike (RFC 5890, 2.3.2.1). */
const FOREIGN_LABEL = /(?:^|\.)xn--/;
/** Visible ASCII but the backslash: everything else is dropped, or read as something else, on the way. */
const PLAIN = /^[!-[\]-~]+$/;

/** The origin of a base URL from settings. Throws for a text that is none. */
export function onlyOrigin(url: string): Allowed {
  return { origins: [new URL(url).origin], hosts: [] };
}

/**
 * Whether a request may be sent to `url`. A name that an allowed host has is enough; what it resolves to is left to the
 * network, which lets a worker reach public addresses only.
 */
export function allowTarget(url: string, { origins, hosts }: Allowed): Verdict {
  if (origins.some((origin) => isPlainlyAt(url, origin))) return { ok: true };
  if (!PLAIN.test(url)) return no('has characters that no address has');
  if (!URL.canParse(url)) return no('is no URL');
  const { protocol, username, password, port, hostname } = new URL(url);
  if (protocol !== 'https:') return no('is not https');
  // An empty user name leaves nothing but the sign.
  if (username !== '' || password !== '' || /^[^/]*\/\/[^/?#]*@/.test(url)) return no('has a user name');
  if (port !== '') return no('is not at port 443');
  if (!HOST_NAME.test(hostname) || FOREIGN_LABEL.test(hostname)) return no('has no plain host name');
  if (!isWrittenPlainly(url, hostname)) return no('is not written plainly');
  if (!hosts.some((host) => hostname === host || hostname.endsWith(`.${host}`)))
    return no('is at no host that is allowed');
  return { ok: true };
}

/** After its origin an address can only go on with a path, a query or a fragment: none of them leads elsewhere. */
function isPlainlyAt(url: string, origin: string): boolean {
  if (!url.startsWith(origin)) return false;
  const next = url.charAt(origin.length);
  return next === '' || next === '/' || next === '?' || next === '#';
}

/** One that has to be read twice, because it is escaped or misses its slashes, was made to be read in two ways. */
function isWrittenPlainly(url: string, hostname: string): boolean {
  const written = url.toLowerCase();
  return isPlainlyAt(written, `https://${hostname}`) || isPlainlyAt(written, `https://${hostname}:443`);
}

function no(why: string): Verdict {
  return { ok: false, why: `The address ${why}` };
}
