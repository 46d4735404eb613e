import http from 'node:http';

/** Enough that a server never has to fall asleep between two of them. */
const CONNECTIONS = 8;
const AGENT = new http.Agent({ keepAlive: true, maxSockets: CONNECTIONS });

/**
 * Posts every body, several at a time, each with the headers of its number. Rejects at the first answer that is not 200,
 * with what it said.
 */
export async function sendRequests({
  url,
  headers,
  bodies,
}: {
  url: string;
  headers: (number: number) => Record<string, string>;
  bodies: readonly (string | Buffer)[];
}): Promise<void> {
  const queue = bodies.entries();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      for (const [number, body] of queue) await post(url, headers(number), body);
    }),
  );
}

/** Posts one body over a connection that stays open. Resolves with the answer; rejects when it is not 200, with what it said. */
export function post(url: string, headers: Record<string, string>, body: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        agent: AGENT,
        method: 'POST',
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
        },
      },
      (response) => {
        let text = '';
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve(text);
          else reject(new Error(`${url} answered ${response.statusCode}: ${text}`));
        });
      },
    );
    request.once('error', reject).end(body);
  });
}
