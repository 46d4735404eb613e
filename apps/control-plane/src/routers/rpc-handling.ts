import { BodyLimit } from './body-limit.ts';
import { onlyWireErrors, readableInput } from './rpc-errors.ts';

/** How every handler of ours is made: bodies have a bound, and only errors of the catalogue get out. */
export function handling(maxBodySize: number) {
  return {
    plugins: [new BodyLimit({ maxBodySize })],
    interceptors: [readableInput],
    clientInterceptors: [onlyWireErrors],
  };
}
