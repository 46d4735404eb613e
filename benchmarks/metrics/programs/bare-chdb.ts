// A chdb session on a folder: runs each line of stdin as a query and answers with the milliseconds that it took, until
// stdin ends. The answer itself is made into text as well, as a server has to.
import { createInterface } from 'node:readline';
import { Session } from 'chdb';

const [folder] = process.argv.slice(2);
const session = new Session(folder);
for await (const sql of createInterface({ input: process.stdin })) {
  const from = performance.now();
  const result = await session.queryAsync(sql, { format: 'JSON' });
  if (result.text().length === 0) throw new Error(`no answer to ${sql}`);
  console.log(performance.now() - from);
}
session.close();
