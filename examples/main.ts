// Makes the example repositories and commits to them from the command line:
//
//   node examples/main.ts seed DIR [--built-in FOLDER]   platform.git and customer.git, unless they are there
//   node examples/main.ts commit-good-customer DIR       a release that works
//   node examples/main.ts commit-bad-customer DIR        a release that throws at its start
//   node examples/main.ts commit-bad-platform DIR        a daemon that ends at its start
//
// Prints one JSON object: the newest commits, or the commit that was made.
import { parseArgs } from 'node:util';
import {
  commitBadCustomer,
  commitBadPlatform,
  commitGoodCustomer,
  seedRepositories,
} from './seed-repositories.ts';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { 'built-in': { type: 'string' } },
});
const [command, dir] = positionals;
if (command === undefined || dir === undefined) fail();
console.log(JSON.stringify(await run(command, dir)));

async function run(command: string, dir: string): Promise<object> {
  switch (command) {
    case 'seed':
      return seedRepositories({ dir, runtimeDir: values['built-in'] });
    case 'commit-good-customer':
      return { commit: await commitGoodCustomer(dir) };
    case 'commit-bad-customer':
      return { commit: await commitBadCustomer(dir) };
    case 'commit-bad-platform':
      return { commit: await commitBadPlatform(dir) };
    default:
      return fail();
  }
}

function fail(): never {
  console.error(
    'usage: node examples/main.ts seed|commit-good-customer|commit-bad-customer|commit-bad-platform DIR',
  );
  process.exit(2);
}
