import { DurableObject } from 'cloudflare:workers';
import type { Env } from '../env.ts';

/** Tokens and members of all projects. One object. */
export class Operators extends DurableObject<Env> {}
