import * as v from 'valibot';

/** A base URL in a variable. */
export const httpUrl = v.pipe(
  v.string(),
  v.url('expected a URL'),
  v.regex(/^https?:/, 'expected a URL that begins with http:// or https://'),
);
