/** What Cloudflare's gateway answers before a request reaches the SQL API. */
export type GatewayAnswer = { status: number; body: string };

/** One of the gateway's refusals, in its envelope. Codes and texts as they were seen from production. */
export function refuse(status: number, code: number, message: string): GatewayAnswer {
  return {
    status,
    body: `${JSON.stringify({ success: false, errors: [{ code, message }], messages: [], result: null })}\n`,
  };
}

export const NO_CREDENTIALS: GatewayAnswer = refuse(
  400,
  9106,
  'Missing X-Auth-Key, X-Auth-Email or Authorization headers',
);
export const BAD_HEADER: GatewayAnswer = refuse(400, 6111, 'Invalid format for Authorization header');
export const WRONG_TOKEN: GatewayAnswer = refuse(401, 10_000, 'Authentication error');
export const WRONG_ACCOUNT: GatewayAnswer = refuse(403, 10_000, 'Authentication error');
export const NOT_POST: GatewayAnswer = refuse(
  405,
  10_405,
  'Method not allowed for this authentication scheme',
);
export const THROTTLED: GatewayAnswer = refuse(
  429,
  971,
  'Please wait and consider throttling your request speed',
);

/** A path that leads nowhere, or an account id that is none. */
export function noRoute(path: string): GatewayAnswer {
  return refuse(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
}
