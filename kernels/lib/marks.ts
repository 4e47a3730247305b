/** What traced modules tell (marks.as.ts), and who is told: nobody, until a call asks for it; in the workers of a pool nobody ever. */
export type OnMark = (layer: number, step: number) => void;

const nobody: OnMark = () => {};
let told: OnMark = nobody;

export const markStep: OnMark = (layer, step) => told(layer, step);

/** From now on `to` is told, or nobody. */
export function tellMarks(to: OnMark | undefined): void {
  told = to ?? nobody;
}
