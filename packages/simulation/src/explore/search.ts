/**
 * Exhausts a system: breadth first, so that the first violation is reached by the shortest way. States are kept only
 * while they wait for their turn; of those that were seen a digest, a parent and a step number are left, and a way is
 * walked again to be told.
 */
import type { Digest } from './digest.ts';
import { findTrap } from './liveness.ts';
import { Numbers } from './numbers.ts';
import { StateIndex } from './state-index.ts';

/** A promise that was broken, in words. */
export type Violation = { promise: string; message: string };

/** One thing that can happen in a state. */
export type Step<S> = {
  what: string;
  /** It comes out of a budget of faults or wishes: nothing that has to end may rely on it. */
  fault: boolean;
} & ({ next: S } | { violation: Violation });

export type System<S> = {
  initial: S;
  /** Everything that can happen in a state, always in the same order. */
  steps: (state: S) => Step<S>[];
  /** What a state is, without what is left of its budgets. */
  digest: (state: S) => Digest;
  /** What may still go wrong: up to ten counters below 8, packed with `REST_BITS` each. */
  left: (state: S) => number;
  /** Whether everything that was begun has ended well. From every state such a one must be within reach. */
  isSettled: (state: S) => boolean;
};

/** A way from the initial state: which step was taken at each state. */
export type Way = number[];

export type Search = {
  states: number;
  transitions: number;
  /** Steps to the furthest state. */
  depth: number;
  /** States in which everything has settled. */
  settled: number;
  /** Most states that waited at once: what memory goes into. */
  widest: number;
  result:
    | { kind: 'holds' }
    /** `way` leads to the violation; of a trap, to the first state from which nothing settles any more. */
    | { kind: 'violated'; violation: Violation; way: Way }
    /** More states than allowed: what was seen holds, the rest is unknown. */
    | { kind: 'too-many' };
};

/** The promise that is broken by a state from which nothing ends well. */
export const SETTLES = 'everything that was begun ends, or is held with a reason';

/** Searches until a promise is broken, everything was seen, or `mostStates` states are known. */
export function search<S>(system: System<S>, { mostStates }: { mostStates: number }): Search {
  const index = new StateIndex();
  const graph = {
    parents: new Numbers(),
    stepOf: new Numbers(),
    firstEdge: new Numbers(),
    edges: new Numbers(),
  };
  const settled: number[] = [];
  let waiting: S[] = [system.initial];
  let [transitions, depth, widest] = [0, -1, 0];
  index.number(system.digest(system.initial), system.left(system.initial));
  graph.parents.push(-1);
  graph.stepOf.push(0);
  let present = 0;
  const end = (result: Search['result']): Search => ({
    states: index.size,
    transitions,
    depth,
    settled: settled.length,
    widest,
    result,
  });
  while (waiting.length > 0) {
    depth += 1;
    widest = Math.max(widest, waiting.length);
    const next: S[] = [];
    for (const state of waiting) {
      graph.firstEdge.push(graph.edges.length);
      if (system.isSettled(state)) settled.push(present);
      const steps = system.steps(state);
      transitions += steps.length;
      for (const [taken, step] of steps.entries()) {
        if ('violation' in step)
          return end({ kind: 'violated', violation: step.violation, way: [...wayTo(graph, present), taken] });
        const known = index.size;
        const number = index.number(system.digest(step.next), system.left(step.next));
        if (!step.fault) graph.edges.push(number);
        if (index.size === known) continue;
        graph.parents.push(present);
        graph.stepOf.push(taken);
        next.push(step.next);
      }
      present += 1;
      if (index.size > mostStates) return end({ kind: 'too-many' });
    }
    waiting = next;
  }
  graph.firstEdge.push(graph.edges.length);
  const trap = findTrap({ ...graph, settled, states: index.size });
  if (trap === null) return end({ kind: 'holds' });
  const message = 'from here on, no step that is no fault leads to a state in which everything has settled';
  return end({ kind: 'violated', violation: { promise: SETTLES, message }, way: wayTo(graph, trap) });
}

function wayTo(graph: { parents: Numbers; stepOf: Numbers }, state: number): Way {
  const way: Way = [];
  for (let at = state; graph.parents.at(at) !== -1; at = graph.parents.at(at)) way.push(graph.stepOf.at(at));
  return way.toReversed();
}
