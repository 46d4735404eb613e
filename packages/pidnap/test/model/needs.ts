/** What processes need of each other. */
import { lookUp } from './catalogue.ts';
import type { Proc, World } from './world.ts';

/** The dependencies of a process that do not hold. */
export function unmet(world: World, proc: Proc, name: string) {
  return lookUp(name, proc.variant).dependsOn.flatMap((edge) => {
    const target = world.procs[edge.process];
    if (target && holds(edge.condition, target)) return [];
    const phase = target?.phase;
    const hopeless =
      phase === undefined ||
      phase === 'failed' ||
      phase === 'stopped' ||
      (phase === 'completed' && edge.condition === 'healthy');
    return [{ ...edge, hopeless }];
  });
}

function holds(condition: string, { phase, well }: Proc): boolean {
  if (condition === 'completed') return phase === 'completed';
  if (condition === 'started') return phase === 'up' || phase === 'completed';
  return phase === 'up' && well;
}
