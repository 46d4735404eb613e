/** Finds settings of a policy that contradict each other, so that such a policy is refused when it is set. */
import type { Policy } from '@fettle/contract';
import { BUDGET_RULES } from './budget-rules.ts';
import { CHECK_RULES } from './check-rules.ts';
import { GUARD_RULES } from './guard-rules.ts';
import { LADDER_RULES } from './ladder-rules.ts';
import { contradiction, type Contradiction, type Rule } from './rule.ts';
import { VERSION_RULES } from './version-rules.ts';

/** Every rule, in the order in which contradictions are told. */
export const POLICY_RULES: readonly Rule[] = [
  ...CHECK_RULES,
  ...LADDER_RULES,
  ...BUDGET_RULES,
  ...GUARD_RULES,
  ...VERSION_RULES,
];

/** Every contradiction of a policy; empty when it can be meant as it is. */
export function lintPolicy(policy: Policy): Contradiction[] {
  return POLICY_RULES.flatMap((rule) => rule.breaches(policy).map((breach) => contradiction(rule, breach)));
}
