/** What any request costs: the body is read, the answer is small. */
export default {
  async fetch(request) {
    await request.text();
    return new Response('{"json":{}}', { headers: { 'content-type': 'application/json' } });
  },
} satisfies ExportedHandler;
