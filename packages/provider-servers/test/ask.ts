/** JSON as it came: a test says what it expects of it. */
type Json = Record<string, unknown> & unknown[];

/** What an API answered. */
export type Answered = { status: number; body: Json; headers: Headers };

/** How an API is asked. */
export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Record<string, string>,
) => Promise<Answered>;

/** Asks an API below `base` with a key. */
export function asker(base: string, key: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(base + path, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = response.headers.get('content-type')?.startsWith('application/json') === true;
    return {
      status: response.status,
      body: (isJson && text !== '' ? JSON.parse(text) : { text }) as Json,
      headers: response.headers,
    };
  };
}

/** Calls a port of a machine until its listener is up, and gives the status. */
export async function untilListening(call: () => Promise<Response>): Promise<number> {
  const { status } = await until(
    async () => ({ status: (await call()).status, body: {} as Json, headers: new Headers() }),
    (answer) => answer.status !== 502,
  );
  return status;
}

/** Asks until what is at a path is in a state. */
export function untilState(ask: Ask, path: string, state: string): Promise<Answered> {
  return until(
    () => ask('GET', path),
    ({ body }) => body['state'] === state,
  );
}

/** Asks until nothing is at a path. */
export function untilGone(ask: Ask, path: string): Promise<Answered> {
  return until(
    () => ask('GET', path),
    ({ status }) => status === 404,
  );
}

/** Asks until the answer is as wanted; throws the last one when that takes longer than 30 s. */
export async function until(
  question: () => Promise<Answered>,
  wanted: (answer: Answered) => boolean,
): Promise<Answered> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await question();
    if (wanted(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`It did not come to that: ${JSON.stringify(answer.body)}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
