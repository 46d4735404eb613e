import type { Context } from '@orpc/server';
import { BodyLimitPlugin, type FetchHandlerOptions } from '@orpc/server/fetch';

type Interceptors<T extends Context> = NonNullable<FetchHandlerOptions<T>['adapterInterceptors']>;

/**
 * Refuses bodies over a limit with PAYLOAD_TOO_LARGE: a longer one that says its length before anything of it is read,
 * one that does not as soon as too much has come. A declared length within the limit is believed, because HTTP/1.1 and
 * HTTP/2 end a body there; reading it through another stream only to count costs more than half of the whole call.
 */
export class BodyLimit<T extends Context> extends BodyLimitPlugin<T> {
  private readonly limit: number;

  constructor(options: { maxBodySize: number }) {
    super(options);
    this.limit = options.maxBodySize;
  }

  override initRuntimeAdapter(options: FetchHandlerOptions<T>): void {
    const counting: FetchHandlerOptions<T> = {};
    super.initRuntimeAdapter(counting);
    const [count] = counting.adapterInterceptors as Interceptors<T>;
    if (count === undefined) throw new Error('the plugin has no interceptor any more');
    (options.adapterInterceptors ??= []).push((call) =>
      isWithin(call.request.headers, this.limit) ? call.next() : count(call),
    );
  }
}

function isWithin(headers: Headers, limit: number): boolean {
  const length = headers.get('content-length') ?? '';
  return /^\d+$/.test(length) && !headers.has('transfer-encoding') && Number(length) <= limit;
}
