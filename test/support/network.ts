import { createNetwork } from '../../main/base/network/network.ts';
import { silent } from './log.ts';

/** The network of a machine without a proxy, whatever this one has. */
export const direct = createNetwork({ env: {}, logger: silent });
