/** One step of the project's object, and what machines say to it. */
import {
  decideProject,
  type OutboxEntry,
  type PermitAnswer,
  type PermitRequest,
  type ProjectDecision,
  type ProjectEvent,
} from '@fettle/core';
import { checkProject } from '@fettle/core/testing/project-invariants';
import { eventOf } from '../world/project-object.ts';
import { Broken, heeding } from './broken.ts';
import { checkLeave, checkRoutes } from './promises.ts';
import type { ProjectSide, World } from './small-world.ts';

/** One event is decided and stored, with the next alarm. */
export function stepProject(world: World, event: ProjectEvent): [World, ProjectDecision] {
  const { record } = world.project;
  const decision = decideProject({ record, event, now: world.now });
  heeding(() => checkProject(record, decision, world.now));
  const after = withProject(world, { record: decision.record, alarm: decision.wakeAt });
  checkRoutes(world, after);
  return [after, decision];
}

export function withProject(world: World, changes: Partial<ProjectSide>): World {
  return { ...world, project: { ...world.project, ...changes } };
}

/** A machine's message arrives. */
export function hear(world: World, machineId: string, message: OutboxEntry['message']): World {
  return stepProject(world, eventOf(machineId, message))[0];
}

/** A machine's request for leave to act arrives. */
export function judge(world: World, machineId: string, asked: PermitRequest): [World, PermitAnswer] {
  const [after, { permit }] = stepProject(world, { ...asked, type: 'permit-requested', machineId });
  if (permit === null) throw new Broken('every request for a permit is answered', machineId);
  if (permit.granted) checkLeave(world, machineId);
  return [after, permit];
}
