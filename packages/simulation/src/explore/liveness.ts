/**
 * Finds states from which nothing ends well. Every end of a finite graph is a terminal strongly connected component,
 * and a fair run visits all of its states again and again: so "from every state a settled one is within reach" is the
 * same as "every terminal component holds a settled state", and is decided by one walk backwards from the settled ones.
 */
import { Numbers } from './numbers.ts';

/** States are numbered in the order of the search; edges that are faults are left out. */
export type Graph = {
  states: number;
  /** Where the edges of each state begin, and one more entry for the end of the last. */
  firstEdge: Numbers;
  edges: Numbers;
  settled: number[];
};

/** The first state in the order of the search from which no settled state is within reach; `null` when there is none. */
export function findTrap(graph: Graph): number | null {
  const sources = reversed(graph);
  const ends = new Uint8Array(graph.states);
  const waiting = new Numbers();
  const mark = (state: number): void => {
    if (ends[state] === 1) return;
    ends[state] = 1;
    waiting.push(state);
  };
  graph.settled.forEach(mark);
  for (let done = 0; done < waiting.length; done++) {
    const state = waiting.at(done);
    const [from, to] = [sources.first[state] ?? 0, sources.first[state + 1] ?? 0];
    for (let edge = from; edge < to; edge++) mark(sources.from[edge] ?? 0);
  }
  const trapped = ends.indexOf(0);
  return trapped === -1 ? null : trapped;
}

/** For each state the states with an edge to it. */
function reversed({ states, firstEdge, edges }: Graph): { first: Int32Array; from: Int32Array } {
  const first = new Int32Array(states + 1);
  for (let edge = 0; edge < edges.length; edge++) {
    const target = edges.at(edge) + 1;
    first[target] = (first[target] ?? 0) + 1;
  }
  for (let state = 0; state < states; state++)
    first[state + 1] = (first[state + 1] ?? 0) + (first[state] ?? 0);
  const from = new Int32Array(edges.length);
  const filled = first.slice();
  for (let state = 0; state < states; state++) {
    for (let edge = firstEdge.at(state); edge < firstEdge.at(state + 1); edge++) {
      const target = edges.at(edge);
      const place = filled[target] ?? 0;
      from[place] = state;
      filled[target] = place + 1;
    }
  }
  return { first, from };
}
