/** One hunt, on whatever code it is bundled with: `node hunt.mjs '<hunt as JSON>'` prints what it caught, as JSON. */
import { Broken } from '../explore/broken.ts';
import { CONFIGURATIONS } from '../explore/configurations.ts';
import { search } from '../explore/search.ts';
import { systemOf } from '../explore/system.ts';
import { specOfJob } from '../run/job.ts';
import { runWorld } from '../run/run-world.ts';
import type { Catch, Hunt } from './mutant.ts';

const hunt: Hunt = JSON.parse(process.argv[2] ?? 'null');
console.log(JSON.stringify(hunt.by === 'explorer' ? explore(hunt) : simulate(hunt)));

function explore({ configuration: name, mostStates }: Extract<Hunt, { by: 'explorer' }>): Catch {
  const configuration = CONFIGURATIONS.find((one) => one.name === name);
  if (configuration === undefined) throw new Error(`There is no configuration ${name}`);
  try {
    const { result, states } = search(systemOf(configuration), { mostStates });
    const spoke = result.kind === 'violated' ? result.violation.promise : '';
    return { found: result.kind === 'violated', spoke, looked: states };
  } catch (error) {
    // The world does not even begin, or the core throws: nobody can overlook that.
    const spoke = error instanceof Broken ? error.violation.promise : `nothing throws: ${messageOf(error)}`;
    return { found: true, spoke, looked: 0 };
  }
}

function simulate({ seeds, machines }: Extract<Hunt, { by: 'simulator' }>): Catch {
  for (let seed = 1; seed <= seeds; seed++) {
    const { violation } = runWorld(specOfJob({ seed, machines }));
    if (violation !== null) return { found: true, spoke: violation.invariant, looked: seed };
  }
  return { found: false, spoke: '', looked: seeds };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
