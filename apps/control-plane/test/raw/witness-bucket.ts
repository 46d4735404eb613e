/** A bucket for the worker under test whose objects are kept by the test: workerd alone brings none. */

/** What the shipped worker needs of a bucket, over HTTP. */
export function witnessBucket(url: string): R2Bucket {
  const at = (query: Record<string, string>) => `${url}${WITNESS_BUCKET}?${new URLSearchParams(query)}`;
  const bucket = {
    async put(key: string, body: string) {
      await fetch(at({ key }), { method: 'PUT', body });
    },
    async list({ prefix }: { prefix: string }) {
      return (await fetch(at({ prefix }))).json();
    },
    async delete() {
      throw new Error('No test has so much evidence that some of it is removed');
    },
  };
  return bucket as unknown as R2Bucket;
}

/** Path of the bucket at the test's own server. */
export const WITNESS_BUCKET = '/witness/bucket';

/** Answers the worker's bucket; `objects` is what it holds, by key. */
export async function answerBucket(request: Request, objects: Map<string, string>): Promise<Response> {
  const query = new URL(request.url).searchParams;
  if (request.method === 'PUT') {
    objects.set(query.get('key') ?? '', await request.text());
    return new Response(null, { status: 204 });
  }
  const found = [...objects].filter(([key]) => key.startsWith(query.get('prefix') ?? ''));
  return Response.json({ objects: found.map(([key, text]) => ({ key, size: text.length })) });
}
