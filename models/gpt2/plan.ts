/** What simd.as.ts reads: the words of its classes `Plan` and `Layer`, in their order. */

export const PLAN = [
  ...(['layers', 'width', 'heads', 'vocabulary', 'batch', 'capacity', 'steps', 'step'] as const),
  ...(['lengths', 'tokens', 'logits', 'gate', 'wte', 'wpe', 'lnfWeight', 'lnfBias', 'head'] as const),
  ...(['x', 'normed', 'qkv', 'q', 'attended', 'inner'] as const),
  ...(['attendWork', 'ownAttendWork', 'ownAttendBytes', 'attentionWork', 'productWork'] as const),
] as const;
export type PlanWords = Readonly<Record<(typeof PLAN)[number], number>>;

export const LAYER = [
  ...(['ln1Weight', 'ln1Bias', 'ln2Weight', 'ln2Bias', 'qkv', 'qkvBias', 'proj', 'projBias'] as const),
  ...(['fc', 'fcBias', 'down', 'downBias', 'keys', 'values'] as const),
] as const;
export type LayerWords = Readonly<Record<(typeof LAYER)[number], number>>;

/** The plan, and behind it its layers. */
export function wordsOf(plan: PlanWords, layers: readonly LayerWords[]): number[] {
  return [...PLAN.map((name) => plan[name]), ...layers.flatMap((layer) => LAYER.map((name) => layer[name]))];
}
