/** What the base measures in `zoo gate --self-test`. */
import { gateKernel } from './gate-cells.ts';

export default gateKernel('base');
