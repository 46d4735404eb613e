/** The control plane takes nothing that this machine has, and is asked again only after a while. */
export class RefusedCredentialsError extends Error {
  /** When to try again. */
  readonly retryAfterMs: number;

  constructor(retryAfterMs: number, cause: unknown) {
    super('The control plane does not accept the credentials of this machine', { cause });
    this.name = 'RefusedCredentialsError';
    this.retryAfterMs = retryAfterMs;
  }
}
