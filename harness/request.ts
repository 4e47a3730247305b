/** From what a person asks for, by flags or by options of the library, to the plan that is run. */
import { caseName, type Kernel } from '../kernels/kernel.ts';
import { isPagePeer, peerOf } from '../kernels/lib/peer.ts';
import { openGgufFile } from '../models/gguf/file.ts';
import { loadKernels, type UserFiles } from './catalogue.ts';
import { ggufCases } from './gguf.ts';
import { installedPeers } from './peers.ts';
import { findSuite, type Group, makePlan, type Plan, type Selection } from './plan.ts';
import { isProcess } from './runtimes/runtime.ts';

/** In place of what the suite's budget says. */
export interface Limits {
  /** Milliseconds of sampling. */
  readonly time?: number;
  readonly processes?: number;
  readonly tiers?: boolean;
  /** Seconds. */
  readonly limit?: number;
}

export interface PlanRequest {
  readonly files: UserFiles;
  readonly selection: Selection;
  readonly limits: Limits;
}

/** @throws UsageError, in one line, for files or a selection that cannot be measured */
export async function requestPlan({ files, selection, limits }: PlanRequest): Promise<Plan> {
  const kernels = await loadKernels(files);
  // A user's files select what they bring, where nothing else is selected.
  const wanted = { ...(await broughtBy(files, kernels, selection)), ...selection };
  return withLimits(withoutMissingPeers(makePlan(kernels, wanted), wanted), limits);
}

/** A peer that is not there, for lack of its package or in an engine that it is not for, is measured, as `unsupported`, only where it is named. */
function withoutMissingPeers(plan: Plan, { selectors = [], backends = [], suite }: Selection): Plan {
  if (backends.includes('peer') || findSuite(suite).peers) return plan;
  const installed = installedPeers();
  const isMissing = ({ subject, variant, backend, runtime }: Group) => {
    const peer = backend === 'peer' ? peerOf(variant) : undefined;
    return (
      peer !== undefined &&
      !(installed.has(peer) && isProcess(runtime) !== isPagePeer(peer)) &&
      !selectors.some((selector) => selector.split('@')[0] === `${subject}/${variant}`)
    );
  };
  return { ...plan, groups: plan.groups.filter((group) => !isMissing(group)) };
}

async function broughtBy(
  files: UserFiles,
  kernels: readonly Kernel[],
  { selectors }: Selection,
): Promise<Selection> {
  if (files.kernels.length > 0) {
    return { selectors: kernels.slice(-files.kernels.length).map((kernel) => kernel.name) };
  }
  // A pipeline that is named has cases of the file of its own.
  if (files.gguf === undefined || selectors?.some((selector) => !/^dequant\b/.test(selector))) return {};
  const path = files.gguf;
  const cases = await ggufCases(() => openGgufFile(path), path);
  return { selectors: ['dequant'], cases: cases.map(({ shape }) => caseName(shape)) };
}

function withLimits(plan: Plan, limits: Limits): Plan {
  return {
    ...plan,
    budget: {
      ...plan.budget,
      ...(limits.time ? { sampleMs: limits.time } : {}),
      ...(limits.processes ? { processes: limits.processes } : {}),
      ...(limits.tiers === false ? { tiers: false } : {}),
      ...(limits.limit ? { limitMs: limits.limit * 1000 } : {}),
    },
  };
}
