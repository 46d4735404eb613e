import type { RecordedRequest } from '../contract/test-controls.ts';

/** More than any drill asks within the time that it looks back on. */
const MOST = 2000;

const HIDDEN = '(hidden)';

/** What a server was asked, the oldest first; the oldest go when there are too many. */
export interface RequestLog {
  record(request: RecordedRequest): void;
  list(): RecordedRequest[];
  clear(): void;
}

/** An empty log. */
export function createRequestLog(): RequestLog {
  let entries: RecordedRequest[] = [];
  return {
    record(request) {
      entries.push({ ...request, body: withoutSecrets(request.body) });
      if (entries.length > MOST) entries = entries.slice(-MOST);
    },
    list: () => [...entries],
    clear: () => void (entries = []),
  };
}

/** The body without the values of environments and the content of files: credentials travel there. */
function withoutSecrets(body: unknown): unknown {
  if (Array.isArray(body)) return body.map(withoutSecrets);
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(
    Object.entries(body).map(([key, value]) => [
      key,
      key === 'env' || key === 'envs'
        ? Object.fromEntries(Object.keys(value ?? {}).map((name) => [name, HIDDEN]))
        : key === 'raw_value'
          ? HIDDEN
          : withoutSecrets(value),
    ]),
  );
}
