/** Asks the upstream at an address once, by the network of its own environment, and prints what came of it. */
import { createNetwork } from '../../../main/base/network/network.ts';
import { createHttpUpstream } from '../../../main/upstream/http/http.ts';
import { silent } from '../../support/log.ts';

// Packed, Electron does not read the file that this variable names; Greenlight does.
const { UNREAD_CA_CERTS: unread } = process.env;
const env = { ...process.env, ...(unread && { NODE_EXTRA_CA_CERTS: unread }) };
const network = createNetwork({ env, logger: silent });
const upstream = createHttpUpstream({ url: process.argv[2] ?? '', network });
const signal = new AbortController().signal;
const said = await upstream.send({ method: 'POST', headers: {}, body: '{}', signal }).then(
  ({ status }) => ({ status }),
  ({ message, reached }) => ({ message, reached }),
);
await upstream.close();
process.stdout.write(JSON.stringify(said));
