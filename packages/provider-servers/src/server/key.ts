import { createHash, timingSafeEqual } from 'node:crypto';

/** Makes a check of `Authorization: Bearer …` that takes the same time whatever is shown. */
export function keyCheck(key: string): (request: Request) => boolean {
  const expected = digest(key);
  return (request) => {
    const shown = /^(?:Bearer|FlyV1) (.+)$/i.exec(request.headers.get('authorization') ?? '')?.[1] ?? '';
    return timingSafeEqual(digest(shown), expected);
  };
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
