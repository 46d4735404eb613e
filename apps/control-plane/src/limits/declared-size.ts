/**
 * Whether a request says itself that its body has more than `most` bytes. One that does not say, or lies, is counted
 * where it is read.
 */
export function isDeclaredTooLarge({ headers }: Pick<Request, 'headers'>, most: number): boolean {
  const length = headers.get('content-length') ?? '';
  return /^\d+$/.test(length) && Number(length) > most;
}
