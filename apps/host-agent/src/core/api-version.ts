/** Which version of the Engine API to speak. Pure. */

/** The newest version that this backend was written against. Everything it uses is there since 1.41 (Engine 20.10). */
export const OUR_API_VERSION = '1.51';

/**
 * The lower of our version and the one that the engine offers. Never a fixed one: engines refuse versions that are
 * too old for them as well as versions that are too new.
 */
export function agreeOnApiVersion(offered: string | undefined): string {
  if (offered === undefined || !/^\d+\.\d+$/.test(offered)) return OUR_API_VERSION;
  return order(offered) < order(OUR_API_VERSION) ? offered : OUR_API_VERSION;
}

function order(version: string): number {
  const [major, minor] = version.split('.').map(Number);
  return major! * 1000 + minor!;
}
