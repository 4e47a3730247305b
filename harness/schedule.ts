/** The order in which the groups of a plan are measured. */
import { type Rng, rng } from '../kernels/lib/rng.ts';
import type { Group, Plan } from './plan.ts';
import type { ZooRecord } from './record.ts';
import { newSeed } from './seed.ts';

/** One fresh process for the cells of one variant. */
export interface Turn {
  readonly group: Group;
  readonly replicate: number;
}

/**
 * Rounds of fresh processes. With several, the order is shuffled in each round, so that a slow minute of the machine does
 * not fall on one variant (Kalibera & Jones 2013); with one, it is the plan's, which people can follow.
 * @param done records of an earlier run, whose cells are left out
 */
export function turnsOf(plan: Plan, done: readonly ZooRecord[]): Turn[] {
  const key = (id: string, runtime: string, replicate: number) => `${runtime} ${id} ${replicate}`;
  const finished = new Set(done.map((r) => key(r.id, r.host.runtime, r.replicate)));
  return order(plan)
    .map(({ group, replicate }) => {
      const cells = group.cells.filter((cell) => !finished.has(key(cell.id, group.runtime, replicate)));
      return { replicate, group: { ...group, cells } };
    })
    .filter(({ group }) => group.cells.length > 0);
}

function order(plan: Plan): Turn[] {
  const { processes } = plan.budget;
  const random = rng(`order ${newSeed()}`);
  return Array.from({ length: processes }, (_, replicate) => {
    const groups = processes > 1 ? shuffled(plan.groups, random) : plan.groups;
    return groups.map((group) => ({ group, replicate }));
  }).flat();
}

/** A copy in random order (Fisher & Yates). */
export function shuffled<T>(items: readonly T[], random: Rng): T[] {
  const copy = [...items];
  for (let i = copy.length - 1; i > 0; i--) {
    const k = random.integer(i + 1);
    [copy[i], copy[k]] = [copy[k]!, copy[i]!];
  }
  return copy;
}
