const encoder = new TextEncoder();

/** Whether two secrets are the same, in a time that tells nothing of where they differ or how long they are. */
export async function equalSecrets(a: string, b: string): Promise<boolean> {
  const [left, right] = await Promise.all([digest(a), digest(b)]);
  return crypto.subtle.timingSafeEqual(left, right);
}

function digest(text: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest('SHA-256', encoder.encode(text));
}

/** The token of an `Authorization: Bearer` header; `null` when there is none. */
export function bearerToken(request: Request): string | null {
  return /^Bearer ([\w.~+/=-]{1,4096})$/.exec(request.headers.get('authorization') ?? '')?.[1] ?? null;
}
